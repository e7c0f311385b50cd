-- What a Lua program leans on: closures, coroutines, strings, numbers, tables, errors, the collector.
local function sieve(n)
  local composite, primes = {}, {}
  for i = 2, n do
    if not composite[i] then
      primes[#primes + 1] = i
      for j = i * i, n, i do composite[j] = true end
    end
  end
  return primes
end
local primes = sieve(20000)
print(#primes, primes[#primes])

local function permutations(a, n)
  if n == 0 then coroutine.yield(table.concat(a)) end
  for i = 1, n do
    a[n], a[i] = a[i], a[n]
    permutations(a, n - 1)
    a[n], a[i] = a[i], a[n]
  end
end
local found = {}
for p in coroutine.wrap(function() permutations({"a", "b", "c", "d"}, 4) end) do
  found[#found + 1] = p
end
table.sort(found)
print(#found, found[1], found[#found])

print(("the quick brown fox"):gsub("%w+", string.upper))
print(("key = value; other=1"):match("(%w+)%s*=%s*(%w+)"))
for word in ("one two three"):gmatch("%a+") do io.write(word:reverse(), " ") end
print()
print(string.format("%5d|%-8s|%08.3f|%x|%q|%a", 42, "left", math.pi, 0xbeef, 'a"b\n', 1.5))
print(string.pack(">I2i4s1d", 513, -2, "abc", 0.1):byte(1, -1))
print(string.unpack("<i8", "\1\2\3\4\5\6\7\8"))

print(7 // 2, -7 // 2, 7 % -3, -7 % 3, 7.5 // 2, 2 ^ 0.5, 1 << 62, ~0, 5 // 0.0, -5 % math.huge)
print(math.maxinteger + 1 == math.mininteger, math.tointeger(3.0), 3 | 0x100, "10" + 5)
print(1e15, 1e16, 0.1, -0.0, 2 ^ 53, 100 // 1e-320, 0 / 0 ~= 0 / 0)
local sum = 0.0
for i = 1, 20000 do sum = sum + math.sin(i) * math.sqrt(i) / math.log(i + 1) end
print(string.format("%.10f", sum))

local Point = {}
Point.__index = Point
Point.__add = function(a, b) return setmetatable({x = a.x + b.x, y = a.y + b.y}, Point) end
Point.__tostring = function(p) return "(" .. p.x .. ", " .. p.y .. ")" end
print(tostring(setmetatable({x = 1, y = 2}, Point) + setmetatable({x = 0.5, y = 7}, Point)))

print(select(2, pcall(error, {code = 7})).code, select("#", pcall(error)))
print(select(2, pcall(function() return nil + 1 end)):match("attempt.*"))
print(select(2, xpcall(function() error("deep", 0) end, function(m) return m .. " handled" end)))
local function forever(n) return n + forever(n + 1) end
print(pcall(forever, 1) == false)

local weak = setmetatable({}, {__mode = "k"})
for i = 1, 1000 do weak[{}] = i end
collectgarbage()
print(next(weak))
local closed = 0
do
  local guard <close> = setmetatable({}, {__close = function() closed = closed + 1 end})
end
print(closed, load("return ...", "chunk", "t", {})(3, 4))

local name = os.tmpname()
local file = assert(io.open(name, "w+"))
file:write("first line\n", 12.5, " ", 77, "\n"):seek("set")
print(file:read("l", "n", "n"))
file:close()
print(os.remove(name), io.open(name) == nil)
