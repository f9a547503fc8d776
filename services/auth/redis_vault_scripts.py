"""The vault's writes that touch several keys, as Redis scripts: each happens whole or not at all.

Every script answers 1 when it did its work, also when it had done it before: after a lost answer it is sent again, and
must not take its own write for another's. It then writes again, so that the new connection has something to confirm.
"""

# KEYS: connection, index. ARGV: realm id, then field, value, …
STORE_CONNECTION = """
redis.call('HSET', KEYS[1], unpack(ARGV, 2))
redis.call('ZADD', KEYS[2], 0, ARGV[1])
return 1
"""

# KEYS: connection. ARGV: revision that was read, revision to write, then field, value, …
REPLACE_CONNECTION = """
local present = redis.call('HGET', KEYS[1], 'revision')
if present ~= ARGV[1] and present ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], unpack(ARGV, 3))
return 1
"""

# KEYS: connection, index, servers of the connection. ARGV: realm id, key prefix of servers, of tokens, channel.
ERASE_CONNECTION = """
for _, member in ipairs(redis.call('ZRANGE', KEYS[3], 0, -1)) do
  local id = string.match(member, ':(.*)$')
  local key = ARGV[2] .. ARGV[1] .. ':' .. id
  local digest = redis.call('HGET', key, 'token_digest')
  if digest then redis.call('DEL', ARGV[3] .. digest) end
  redis.call('DEL', key)
  redis.call('PUBLISH', ARGV[4], 'connections/' .. ARGV[1] .. '/mcpServers/' .. id)
end
redis.call('DEL', KEYS[1], KEYS[3])
redis.call('ZREM', KEYS[2], ARGV[1])
return 1
"""

# KEYS: lock. ARGV: owner, life in ms. Answers 0 when another owner has it.
LOCK = """
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""

# KEYS: lock. ARGV: owner.
UNLOCK = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
"""

# KEYS: connection, server, token, servers of the connection, request.
# ARGV: index member, token entry, end in Unix ms or '', life of the request in ms or '' when there is none, its sealed
# token, its content digest, the server's name, then field, value, …
# Answers 0 when the connection is not there, 2 when the request id made another server.
CREATE_MCP_SERVER = """
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
if ARGV[4] ~= '' then
  local made = redis.call('HGET', KEYS[5], 'name')
  if made and made ~= ARGV[7] then return 2 end
  redis.call('HSET', KEYS[5], 'name', ARGV[7], 'content_digest', ARGV[6], 'token', ARGV[5])
  redis.call('PEXPIRE', KEYS[5], ARGV[4])
end
redis.call('HSET', KEYS[2], unpack(ARGV, 8))
redis.call('SET', KEYS[3], ARGV[2])
redis.call('ZADD', KEYS[4], 0, ARGV[1])
if ARGV[3] ~= '' then
  redis.call('PEXPIREAT', KEYS[2], ARGV[3])
  redis.call('PEXPIREAT', KEYS[3], ARGV[3])
end
return 1
"""

# KEYS: server. ARGV: etag that was read, etag to write, key prefix of tokens, end in Unix ms or '', channel, name, then
# field, value, …
REPLACE_MCP_SERVER = """
local present = redis.call('HGET', KEYS[1], 'etag')
if present ~= ARGV[1] and present ~= ARGV[2] then return 0 end
local token = ARGV[3] .. redis.call('HGET', KEYS[1], 'token_digest')
redis.call('HSET', KEYS[1], unpack(ARGV, 7))
for _, key in ipairs({KEYS[1], token}) do
  if ARGV[4] == '' then redis.call('PERSIST', key) else redis.call('PEXPIREAT', key, ARGV[4]) end
end
redis.call('PUBLISH', ARGV[5], ARGV[6])
return 1
"""

# KEYS: server, servers of the connection. ARGV: key prefix of tokens, channel, name.
ERASE_MCP_SERVER = """
local record = redis.call('HMGET', KEYS[1], 'token_digest', 'position')
if not record[1] then return 0 end
redis.call('DEL', KEYS[1], ARGV[1] .. record[1])
redis.call('ZREM', KEYS[2], record[2])
redis.call('PUBLISH', ARGV[2], ARGV[3])
return 1
"""
