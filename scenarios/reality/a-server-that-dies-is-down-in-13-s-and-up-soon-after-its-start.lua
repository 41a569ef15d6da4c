-- A server that dies is SUSPICIOUS after 4.6 s and DOWN after 13 s at most for the others, its five clients are
-- known on the next server at once, and started again it loads before it serves and is UP 4 s after that. Three
-- reports must fail, each peer is reported to every 4 s, and one that is down is asked again every 2 s.
local twin = require "twin"

return scenario {
  params = { start = s(10) },
  topology = function(p) return twin.topology { ["distrosim.startTime"] = p.start } end,
  must_see = { "member.suspicious", "member.down", "member.up", "client.switched" },
  story = function(w, p)
    local a, b, c = w:nodes()
    local five, others = {}, {}
    for i = 1, 5 do five[i] = w:client { name = "c" .. i, server = a, ip = "10.128.0.1", port = 8000 + i } end
    for i = 1, 20 do
      others[i] = w:client { name = "d" .. i, server = i <= 10 and b or c, ip = "10.128.0.2", port = 9000 + i }
    end
    wait(s(1))
    for _, k in ipairs(five) do expect(k:register { service = "svc" }, "refused") end
    for _, k in ipairs(others) do expect(k:register { service = "svc" }, "refused") end
    wait(between(s(8), s(13)))

    step "n1 dies"
    local died, seen = now(), {}
    for _, n in ipairs { b, c } do
      seen[n.name] = {
        suspicious = watch(function() return n:state().members.n1 == "SUSPICIOUS" end),
        down = watch(function() return n:state().members.n1 == "DOWN" end),
        short = watch(function() return #n:instances "svc" < 25 end),
        -- Those of the five that registered again, beside what is left of the old ones.
        moved = watch(function() return n:state().clients >= 30 end),
      }
    end
    w:crash(a)
    wait(s(25))
    for node, watches in pairs(seen) do
      expect(watches.down:first(), node .. " does not hold n1 for DOWN")
      expect(not watches.short:first(), node .. " listed fewer than 25")
      for what, watched in pairs(watches) do
        if watched:first() then measure(what .. "." .. node, watched:first() - died) end
        watched:stop()
      end
    end

    step "it is started again"
    local started = now()
    local up = { n2 = watch(function() return b:state().members.n1 == "UP" end),
                 n3 = watch(function() return c:state().members.n1 == "UP" end) }
    local loaded = watch(function() return a:state().initialised end)
    w:restart(a)
    wait(p.start + s(30))
    expect(a:knows(five) and a:knows(others), "n1 does not store all")
    measure("load after its start", loaded:first() - started)
    for node, watched in pairs(up) do
      measure("up." .. node, watched:first() - started - p.start)
      measure("ups." .. node, #watched:spans())
    end
  end,
}
