"""What the tests over HTTP stand on: processes, a client, the contract, raw sockets, the audit of counters."""
