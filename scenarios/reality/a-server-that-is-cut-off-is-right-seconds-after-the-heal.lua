-- A server is cut off for a while and both sides write: seconds after the heal all three list the same and the
-- truth. The longer the cut, the longer a reconnect waits (0.1 s more after each attempt, 5 s at most); for 200 s
-- the leases end before it and the other side's living clients are missing until it is over.
local bounds = require "bounds"
local twin = require "twin"

local PORT = { a1 = 8001, x1 = 8011, b1 = 8021, k1 = 8031, a3 = 8003, x3 = 8013, b3 = 8023, k3 = 8033 }

return scenario {
  params = { hold = s(20) },
  topology = function() return twin.topology() end,
  must_see = { "link.cut", "link.heal", "member.down" },
  story = function(w, p)
    local a, b, c = w:nodes()
    local k = {}
    for name, port in pairs(PORT) do
      k[name] = w:client { name = name, server = name:sub(2) == "1" and a or c, ip = "10.128.0.1", port = port }
    end
    wait(s(2))
    for _, name in ipairs { "a1", "x1", "a3", "x3", "k1", "k3" } do
      expect(k[name]:register { service = "svc" }, "refused")
    end
    wait(between(s(8), s(13)))

    step "n3 is cut off, and both sides write"
    local cut = now()
    local suspicious = watch(function() return a:state().members.n3 == "SUSPICIOUS" end)
    local down = watch(function() return a:state().members.n3 == "DOWN" end)
    local lost = watch(function() return not twin.listed(a, PORT.a3) end)
    w:partition({ c }, { a, b })
    wait(s(3))
    for _, side in ipairs { "1", "3" } do
      k["x" .. side]:deregister { service = "svc" }
      k["b" .. side]:register { service = "svc" }
      k["a" .. side]:update { service = "svc", metadata = { m = "1" } }
      k["k" .. side]:close()
    end
    wait(p.hold - (now() - cut))

    step "it is back"
    local function is_right(n)
      local first, second = twin.listed(n, PORT.a1), twin.listed(n, PORT.a3)
      return first and first.metadata.m == "1" and second and second.metadata.m == "1" and
             twin.listed(n, PORT.b1) and twin.listed(n, PORT.b3) and #n:instances "svc" == 4
    end
    local healed, right = now(), twin.follow(w, "right", is_right)
    w:heal()
    wait(bounds.after_heal(p.hold, 3) + s(1))
    expect(w:all_know { k.a1, k.a3, k.b1, k.b3 }, "one who lives is not stored everywhere")
    right(healed)
    measure("suspicious", suspicious:first() - cut)
    measure("down", down:first() - cut)
    if lost:first() then
      local span = lost:spans()[1]
      measure("lost", span.from - cut)
      measure("lost for", span.to - span.from)
    end
  end,
}
