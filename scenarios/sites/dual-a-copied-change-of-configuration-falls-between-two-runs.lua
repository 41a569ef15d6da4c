-- Question 25 of README.md: configuration is written in the east and its database copied to the west. From 2.3.0 each server of the west
-- notices by itself within the copy's lag and 30 s, or not at all until the dump of everything, hours later: its change worker
-- asks for rows modified since its run before, but a row is as old as the clock of the server that took it. So a change is missed
-- when a run falls between its writing and its arrival: (lag + how far the east's clock is behind) / 30 s of all changes, per server.
-- Before 2.3.0 there is no such worker, and every change waits for the dump of everything: ten minutes to six hours.
-- The west runs a cluster per lag and skew; in the east, where it is written, everybody has it at once.
local cases = {
  fast  = { lag = s(0.2), behind = s(0) },
  usual = { lag = s(1),   behind = s(0) },
  slow  = { lag = s(5),   behind = s(0) },
  skew  = { lag = s(1),   behind = s(2) },  -- the west's clocks are ahead of the east's
  ahead = { lag = s(1),   behind = s(-2) }, -- or behind them: the row appears to be younger than it is
  old   = { lag = s(1),   behind = s(0), profile = "nacos-2.2.1" },
}

return scenario {
  params   = { rtt = ms(30), changes = 300, nodes = 5 },
  topology = function(p)
    local clusters, clocks = { east = { nodes = 3 } }, {}
    for name, case in pairs(cases) do
      clusters[name] = { nodes = p.nodes, profile = case.profile }
      for i = 1, p.nodes do clocks[name .. "/n" .. i] = { offset = case.behind } end
    end
    return { clusters = clusters, clocks = clocks, wan = { rtt = p.rtt } }
  end,
  must_see = { "config.published", "config.dumped", "config.missed" },
  story = function(w, p)
    for name, case in pairs(cases) do w:config_copy { from = "east", to = name, lag = case.lag } end
    local reader = w:client { server = "usual" }
    step "ten changes a minute, each of another configuration"
    for i = 1, p.changes do
      local id = "app-" .. i
      expect(w:publish_config { id = id, value = "1", server = "east" }, "the east refused it")
      wait(between(s(3), s(9)))
      if i == 1 then
        for _, n in ipairs { w:cluster("east"):nodes() } do expect(n:config(id) == "1", "a notice reaches the east's servers at once") end
      end
    end
    expect(w:publish_config { id = "app-1", value = "2", server = "east/n2" }, "the east refused it")
    wait(s(32))
    expect(reader:config "app-1" == reader:server():config "app-1", "a client reads what its server serves")
    step "what was missed"
    for name, case in pairs(cases) do
      local missed, known = 0, 0
      for _, n in ipairs { w:cluster(name):nodes() } do
        missed = missed + n:config_counters().missed
        for i = 1, p.changes do
          if n:config("app-" .. i) then known = known + 1 end
        end
      end
      local of = p.changes * p.nodes
      measure("missed of a thousand, " .. name, 1000 * missed / of)
      if name ~= "old" then
        local expected = (case.lag + case.behind) / s(30)
        if expected < 0 then expected = 0 end
        -- Five servers judge the same 300 changes, so the standard deviation is that of 1500 independent ones at least.
        local deviation = (expected * (1 - expected) / of) ^ 0.5
        expect(missed / of >= expected - 4 * deviation and missed / of <= expected + 4 * deviation,
               name .. ": missed " .. missed .. " of " .. of)
        expect(known + missed >= of, "what was not missed is known") -- a dump of everything may have come by
      end
    end
  end,
}
