#include "http/response.hpp"

#include <charconv>

#include <boost/beast/http/status.hpp>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace linnet::http {

namespace {

void append_number(std::string& out, std::size_t n) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, n).ptr;
  out.append(digits, end);
}

}  // namespace

void response::add_header(std::string_view name, std::string_view value) {
  headers.append(name).append(": ").append(value).append("\r\n");
}

response json(unsigned status, std::string body) {
  response r;
  r.status = status;
  r.body = std::move(body);
  return r;
}

response created(std::string location, std::string body) {
  response r = json(201, std::move(body));
  r.add_header("Location", location);
  return r;
}

response no_content() {
  response r;
  r.status = 204;
  return r;
}

response problem_response(const problem& p, const request& req) {
  const auto& definition = definition_of(p.type());
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  writer.StartObject();
  writer.Key("type");
  writer.String("/problems/" + std::string(definition.slug));
  writer.Key("title");
  writer.String(definition.title.data(), static_cast<rapidjson::SizeType>(definition.title.size()));
  writer.Key("status");
  writer.Uint(definition.status);
  writer.Key("detail");
  writer.String(p.detail());
  writer.Key("instance");
  writer.String(req.encoded_path.empty() ? std::string("/") : std::string(req.encoded_path));
  writer.Key("request_id");
  writer.String(req.id);
  if (!p.errors().empty()) {
    writer.Key("errors");
    writer.StartArray();
    for (const auto& error : p.errors()) {
      writer.StartObject();
      writer.Key("pointer");
      writer.String(error.pointer);
      writer.Key("detail");
      writer.String(error.detail);
      writer.EndObject();
    }
    writer.EndArray();
  }
  writer.EndObject();

  response r;
  r.status = definition.status;
  r.content_type = "application/problem+json";
  r.body.assign(buffer.GetString(), buffer.GetSize());
  r.add_header("Cache-Control", "no-store");
  if (r.status == 429 || r.status == 503) r.add_header("Retry-After", std::to_string(p.retry_after));
  if (p.type() == problem_type::authentication_required) r.add_header("WWW-Authenticate", "Bearer");
  if (p.type() == problem_type::invalid_credentials) r.add_header("WWW-Authenticate", "Bearer");
  if (p.type() == problem_type::invalid_token)
    r.add_header("WWW-Authenticate", "Bearer error=\"invalid_token\"");
  r.headers += p.headers;
  return r;
}

void append_response(std::string& out, const response& r, const request& req, std::string_view date,
                     bool keep_alive) {
  out.reserve(out.size() + r.headers.size() + r.body.size() + 320);
  const auto reason = boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(r.status));
  out.append("HTTP/1.1 ");
  append_number(out, r.status);
  out.append(" ").append(reason.data(), reason.size()).append("\r\nDate: ").append(date);
  out.append("\r\nX-Request-Id: ").append(req.id);
  out.append("\r\nX-Content-Type-Options: nosniff\r\n").append(r.headers);
  if (!req.seen.empty()) out.append("Linnet-Seen: ").append(req.seen).append("\r\n");
  if (!keep_alive) out.append("Connection: close\r\n");
  if (keep_alive && req.version == 10) out.append("Connection: keep-alive\r\n");  // not HTTP/1.0's default
  const bool has_body = r.status != 204 && r.status != 304;
  if (has_body) {
    out.append("Content-Type: ").append(r.content_type).append("\r\nContent-Length: ");
    append_number(out, r.body.size());
    out.append("\r\n");
  }
  out.append("\r\n");
  if (has_body && req.method != verb::head) out.append(r.body);
}

}  // namespace linnet::http
