// Every SQL statement of the server.
#pragma once

#include "storage/statement.hpp"

namespace linnet::app {

storage::statements all_statements();

}  // namespace linnet::app
