-- API.md 3: several clusters in one world; a handle of each has every verb restricted to it.
return scenario {
  topology = {
    clusters = {
      west = { sites = { a = 2, b = 1 }, wan = { rtt = ms(2) }, profile = "nacos-2.3" },
      east = { nodes = 3, settings = { n2 = { ["nacos.core.protocol.distro.data.sync.delayMs"] = ms(300) } },
               addresses = { n3 = "10.9.0.3:8848" }, lan = { rtt = ms(1) } },
      lone = { nodes = 1 },
    },
    wan = { rtt = ms(30) },
    links = { ["east>west"] = { delay = ms(40) } },
  },
  must_see = { "link.cut" },
  always   = { checks.no_lost_instances { grace = s(15) }, checks.no_zombies {}, checks.one_owner {}, checks.no_empty_service {} },
  story = function(w)
    local east, west, lone = w:cluster "east", w:cluster "west", w:cluster "lone"
    local a, b, c = east:nodes()
    local d, e, f = west:nodes()
    step "names, addresses, places"
    expect(select("#", w:nodes()) == 7 and select("#", east:nodes()) == 3)
    expect(a.name == "east/n1" and a.cluster == "east" and a.site == "east" and a.address == "10.0.0.1:8848")
    expect(c.address == "10.9.0.3:8848")
    expect(lone:node "n1".address == "10.1.0.1:8848", "clusters are taken in the order of their names")
    expect(d.name == "west/a/n1" and f.name == "west/b/n1" and f.site == "west/b" and f.cluster == "west")
    expect(d.address == "10.2.0.1:8848" and f.address == "10.2.1.1:8848", f.address)
    expect(east:node "n2" == b and w:node "east/n2" == b and west:site("b")[1] == f and w:site("west/b")[1] == f)
    expect(not pcall(function() return east:node "a/n1" end), "west/a/n1 is no node of east")
    expect(not pcall(function() return east:crash(d) end), "east's verbs leave west alone")
    expect(#a:state().healthy == 3 and #d:state().healthy == 3 and #lone:node "n1":state().healthy == 1)

    step "what is registered in one is known there alone"
    local shop = east:client { name = "shop-1", server = "n2" }
    local cart = w:client { name = "cart-1", server = "west" }
    local book = w:client { name = "book-1", server = lone }
    expect(shop:register { service = "shop" } and cart:register { service = "cart" } and book:register { service = "book" })
    expect(shop:server() == b and cart:server().cluster == "west" and book:server().cluster == "lone")
    within(ms(290), ms(460), function() return east:all_know(shop) end, "n2's own delay")
    eventually(s(2), function() return west:all_know(cart) end)
    expect(west:none_knows(shop) and not w:all_know(shop) and not w:none_knows(shop))
    expect(w:converged() and east:converged() and west:agree())
    expect(#w:truth() == 3 and #east:truth() == 1 and east:truth("shop")[1].client == "shop-1")
    expect(not pcall(function() shop:connect(d) end), "an SDK knows the servers of one cluster")

    step "a node joins a cluster"
    local n4 = east:join()
    local g = w:join("west/b/n2")
    expect(n4.name == "east/n4" and n4.address == "10.0.0.4:8848" and g.address == "10.2.1.2:8848")
    expect(not pcall(function() w:join() end), "which cluster?")
    wait(s(12))
    expect(#n4:state().healthy == 4 and #g:state().healthy == 4 and #lone:node "n1":state().healthy == 1)

    step "fleets, by cluster and by site"
    w:fleet { name = "both", clients = 20, services = 2, sites = { east = 1, ["west/a"] = 1 } }
    west:fleet { name = "w", clients = 10, services = 2, sites = { a = 1 } }
    east:fleet { name = "e", clients = 10, services = 2, kind = "nacos-client-1" }
    wait(s(4))
    expect(w:converged())

    step "cuts: a cluster brings its nodes and clients"
    w:cut("east", "west")
    local far = w:client { name = "far", server = "west" }
    expect(far:register { service = "cart" }, "inside its own")
    west:partition({ d, e }, { f, g })
    wait(s(3))
    expect(not west:agree() and east:agree())
    west:heal()
    eventually(s(60), function() return w:converged() end)
    w:heal()
    local total = w:traffic().messages
    expect(total == east:traffic().messages + west:traffic().messages + lone:traffic().messages)
    expect(east:traffic({ op = "CHANGE" }).messages > 0 and lone:traffic({ op = "CHANGE" }).messages == 0)
  end,
}
