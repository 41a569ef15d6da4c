-- A registration, an update, a deregistration, another registration and a close are stored by every server within
-- two seconds, and half a second later all of them list it. As 2.5.1 and 3.0.3 did, eighteen times and ten times
-- over a round trip of 100 ms (--set far=100ms): a push after 1 s and a tick, or a VERIFY that comes before it.
local twin = require "twin"

return scenario {
  params = { far = ms(0) },
  topology = function() return twin.topology() end,
  story = function(w, p)
    local a, b, c = w:nodes()
    if p.far > ms(0) then
      w:link(a, b, { rtt = p.far })
      w:link(a, c, { rtt = p.far })
    end
    local k = w:client { name = "k", server = a, ip = "10.128.0.1", port = 8080 }
    wait(between(s(1), s(6)))

    local function operate(name, act, lists, stores)
      local store, list = stores and twin.follow(w, name, stores), twin.follow(w, name .. ".list", lists)
      act()
      local acknowledged = now()
      wait(s(2))
      for _, n in ipairs { a, b, c } do expect((stores or lists)(n), n.name .. " does not have it") end
      wait(between(s(0.6), s(1.6)))
      list(acknowledged)
      if store then store(acknowledged) end
    end
    local function stored(n) return n:knows(k) end
    local function listed(n) return twin.listed(n, 8080) ~= nil end
    local function not_stored(n) return not n:knows(k) end
    local function not_listed(n) return not listed(n) end
    local function updated(n)
      local instance = twin.listed(n, 8080)
      return instance and instance.metadata.m == "1"
    end

    operate("register", function() expect(k:register { service = "svc" }, "refused") end, listed, stored)
    operate("update", function() expect(k:update { service = "svc", metadata = { m = "1" } }, "refused") end, updated)
    operate("deregister", function() expect(k:deregister { service = "svc" }, "refused") end, not_listed, not_stored)
    operate("again", function() expect(k:register { service = "svc" }, "refused") end, listed, stored)
    operate("close", function() k:close() end, not_listed, not_stored)
  end,
}
