-- API.md 3, 4: dual = { "east", "west" } is one process with a stack per cluster, whose verbs mean both.
return scenario {
  topology = { clusters = { east = { nodes = 3 }, west = { nodes = 3 } }, wan = { rtt = ms(30) } },
  always   = { checks.no_zombies {}, checks.one_owner {} },
  story = function(w)
    local east, west = w:cluster "east", w:cluster "west"
    local function try(kind, agent)
      local plain = w:client { server = "east" }
      local k = w:client { dual = { "east", "west" }, nearby = true, kind = kind, agent = agent, server = "east/n2" }
      local last = tonumber(k.ip:match "%d+$")
      expect(last == tonumber(plain.ip:match "%d+$") + 1 and k.site == "east" and k.kind == kind, "one process, one address")
      expect(k:register { service = "shop", metadata = { v = "1" } })
      expect(k:server() == east:node "n2" and k:server("west").cluster == "west" and k:server("east") == k:server())
      wait(s(2))
      expect(east:all_know(k) and west:all_know(k) and w:all_know(k) and w:converged(), "one cluster lacks it")
      local listed = west:node "n1":instances "shop"
      expect(#listed == 1 and listed[1].client == k.name and listed[1].ip == k.ip)
      expect(listed[1].metadata["nacos.cluster.name"] == "east" and listed[1].metadata.v == "1")
      expect(k:update { service = "shop", metadata = { v = "2" } })
      wait(s(2))
      listed = west:node "n3":instances "shop"
      expect(listed[1].metadata["nacos.cluster.name"] == "east" and listed[1].metadata.v == "2", "an update goes to both")
      expect(k:counters().requests == 4 and k:counters().failed == 0, "two operations on two stacks")
      expect(k:subscribe "shop" and #k:sees "shop" == 1 and #k:answered "shop" == 1 and k:sees("shop")[1].client == k.name)
      local heard = w:intercept { from = k, nth = "all", action = "observe" }
      wait(s(20))
      expect(heard:seen() > 5 and w:traffic { from = k }.messages > heard:seen(), "the process is all its stacks")
      if kind == "nacos-client-2" then
        expect(k:connect "west/n3" and k:server("west") == west:node "n3" and k:server() == east:node "n2")
        wait(s(5))
      end
      expect(not pcall(function() k:server "south" end), "an unknown cluster")
      expect(k:deregister "shop")
      wait(s(2))
      expect(w:none_knows(k) and w:converged())
      expect(k:register { service = "shop" })
      wait(s(2))
      w:cut(k, { west:nodes() })
      wait(s(45))
      expect(east:all_know(k) and west:none_knows(k), "its name stands for all stacks")
      w:heal()
      wait(s(60))
      expect(k:close())
      wait(s(4))
      expect(w:none_knows(k) and w:converged() and plain:close())
    end
    try("nacos-client-2", "polaris")
    try("nacos-client-1", "polaris")
    try("nacos-client-2", "ideal")
    try("nacos-client-1", "ideal")
    local lost = w:client { dual = { "west", "east" } }
    expect(lost:register { service = "shop" })
    wait(s(5))
    lost:kill()
    wait(s(40))
    expect(w:none_knows(lost) and w:converged())

    step "fleets"
    local f = w:fleet { name = "shop", clients = 6, services = 2, dual = { "east", "west" }, nearby = true }
    local function asked(cluster) return cluster:traffic { op = "QUERY" }.messages end
    local to_east, to_west = asked(east), asked(west)
    local buyers = w:fleet { name = "buyer", clients = 2, instances = 0, subscribe = 2, services_of = f,
                             dual = { "west", "east" }, kind = "nacos-client-1" }
    wait(s(5))
    expect(west:all_know(f) and east:all_know(f) and w:converged())
    local one = west:node "n1":instances "shop.svc-1"
    expect(#one == 3 and one[1].metadata["nacos.cluster.name"] == "east" and one[1].client == "shop-1")
    expect(asked(east) - to_east >= 8 and asked(west) - to_west == asked(east) - to_east, "consumers ask both")
    f:kill(2)
    buyers:close(2)
    wait(s(40))
    expect(#west:node "n1":instances "shop.svc-1" + #west:node "n1":instances "shop.svc-2" == 4 and w:converged())
  end,
}
