-- After a cut of a region all servers agree within 20 s: each side kept what it had, and learns what it missed.
-- Connections are opened again 10 s after the heal at the latest; then come what waits in the queues, and VERIFY every 5 s.
return scenario {
  params   = { cut_for = s(60) },
  topology = { sites = { east = 3, west = 2 }, wan = { rtt = ms(30) } },
  must_see = { "link.cut", "rpc.lost", "sync.failed" },
  story = function(w, p)
    local old = { w:client { name = "old-east", server = "east" }, w:client { name = "old-west", server = "west" } }
    wait(s(5))
    for _, client in ipairs(old) do client:register { service = "shop" } end
    eventually(s(10), function() return w:converged() end, "both known everywhere")

    step "the WAN is cut; a client comes on each side"
    w:cut("east", "west")
    local new = { w:client { name = "new-east", server = "east" }, w:client { name = "new-west", server = "west" } }
    wait(s(5))
    for _, client in ipairs(new) do client:register { service = "shop" } end
    wait(p.cut_for - s(5))
    log("east lists", #w:node "east/n1":instances "shop", "and west", #w:node "west/n1":instances "shop")

    step "the WAN is back"
    w:heal()
    measure("agreed after the heal", eventually(s(20), function() return w:converged() end, "all agree"))
  end,
}
