-- API.md 9, lb: behind a balancer clients connect in turn, with a probe to servers that are ready alone; a name's
-- addresses are kept for their time to live.
return scenario {
  topology = { nodes = 3, lan = { rtt = ms(1) }, settings = { ["distrosim.startTime"] = s(20) } },
  story = function(w)
    local a, b, c = w:nodes()
    local function connected(name, lb, count)
      local clients = {}
      for i = 1, count do clients[i] = w:client { name = name .. i, lb = lb } end
      wait(s(2))
      local seen = { n1 = 0, n2 = 0, n3 = 0 }
      for _, k in ipairs(clients) do
        if k:server() then seen[k:server().name] = seen[k:server().name] + 1 end
      end
      for _, k in ipairs(clients) do k:close() end
      return seen
    end
    local seen = connected("turn", "round-robin", 6)
    expect(seen.n1 == 2 and seen.n2 == 2 and seen.n3 == 2, "not in turn: " .. seen.n1 .. " " .. seen.n2 .. " " .. seen.n3)
    w:crash(b)
    w:restart(b)
    seen = connected("probed", "readiness", 6)
    expect(seen.n1 == 3 and seen.n2 == 0 and seen.n3 == 3, "not to the ready ones: " .. seen.n2)
    seen = connected("blind", "round-robin", 6)
    expect(seen.n1 + seen.n3 == 6, "those that met n2 went on")

    local old = w:client { name = "old", kind = "nacos-client-1", lb = "readiness" }
    local met = w:intercept { from = old, to = b, op = "REGISTER", nth = "all", action = "observe" }
    local asked = w:intercept { from = old, op = "REGISTER", nth = "all", action = "observe" }
    for _ = 1, 6 do old:register { service = "x" } end
    expect(asked:seen() >= 6 and met:seen() == 0, "a request met a server that is not ready")
    eventually(s(30), function() return b:state().ready end, "n2 is back")

    step "a name that was resolved before a crash still has the dead address"
    local named = w:client { name = "named", lb = "dns", dns_ttl = s(60) }
    wait(s(2))
    local first = named:server()
    for _, n in ipairs { a, b, c } do if n ~= first then w:crash(n) end end
    w:join "d"
    wait(s(25))
    w:crash(first)
    wait(s(10))
    expect(named:server() == nil, "it knows d before its addresses are old")
    eventually(s(60), function() return named:server() == w:node "d" end, "it resolves again")

    step "nothing is ready: a balancer refuses at once, and passes on when something is"
    local waiting = w:client { name = "waiting", lb = "readiness" }
    wait(s(1))
    expect(waiting:server() == w:node "d", "d is ready")
    w:crash "d"
    wait(s(2))
    expect(waiting:server() == nil, "nothing is there")
    w:restart "d"
    eventually(s(40), function() return waiting:server() == w:node "d" end, "it is passed on again")
  end,
}
