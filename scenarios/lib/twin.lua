-- What the twins of stories that real servers played (scenarios/reality/) have in common.
local twin = {}

-- Three servers of 2.5.1 with two processors, as those that were measured.
function twin.topology(settings)
  local all = { ["nacos.common.processors"] = 2 }
  for name, value in pairs(settings or {}) do all[name] = value end
  return { nodes = 3, lan = { rtt = us(200) }, profile = "nacos-2.3", settings = all, framing = bytes(0) }
end

-- The entry of 10.128.0.1:port that a query at `n` lists, or nil.
function twin.listed(n, port)
  for _, instance in ipairs(n:instances "svc") do
    if instance.port == port then return instance end
  end
end

-- When each node first has it so: `f(n)` is asked of all from now on. Call what it returns with an instant, and how
-- much later than that it was is measured as `name`.n1 and so on; of a node on which it never came about nothing is.
function twin.follow(w, name, f)
  local watches = {}
  for _, n in ipairs { w:nodes() } do watches[n.name] = watch(function() return f(n) end) end
  return function(since)
    for node, watched in pairs(watches) do
      local first = watched:first()
      if first then measure(name .. "." .. node, first > since and first - since or s(0)) end
      watched:stop()
    end
  end
end

-- Ten clients of `server`, 10.128.0.1:8001 to 8010, each `apart` after the one before.
function twin.ten(w, server, apart)
  local clients = {}
  for i = 1, 10 do
    clients[i] = w:client { name = "c" .. i, server = server, ip = "10.128.0.1", port = 8000 + i }
    wait(apart and apart() or s(0))
  end
  return clients
end

return twin
