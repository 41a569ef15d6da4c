-- Figures by site and direction: what consumers see, what crosses the WAN, who was dead how long.
return scenario {
  topology = { sites = { east = 3, west = 3 }, wan = { rtt = ms(30) } },
  story = function(w)
    local near = w:client { name = "near", server = "east/n1", subscribe = { "shop" } }
    local far  = w:client { name = "far", server = "west", subscribe = { "shop" } }
    wait(s(2))
    local before = w:metrics { from = "east", to = "west" }
    expect(before.consumers.count == 0 and before.nodes.count == 0)
    local shop = w:client { name = "shop-1", server = "east/n1" }
    expect(shop:register { service = "shop" })
    wait(s(5))
    local home, away = w:metrics { from = "east", to = "east" }, w:metrics { from = "east", to = "west" }
    step "the far consumer is half a round trip later than the delay and the push"
    expect(away.nodes.count == 1 and away.nodes.max > ms(15) and away.nodes.max < ms(1120), tostring(away.nodes.max))
    expect(away.consumers.max > away.nodes.max + ms(490) and away.consumers.max < away.nodes.max + ms(620), tostring(away.consumers.max))
    expect(home.consumers.max > ms(490) and home.consumers.max < ms(620))
    expect(away.by_class.sync.messages + away.by_class.repair.messages >= 3, "to each far node, by push or because a VERIFY told of it")
    expect(away.by_class.verify.messages > 0 and away.messages > away.by_class.verify.messages)
    local east, west = w:metrics { site = "east" }, w:metrics { site = "west" }
    expect(west.stale > ms(500) and west.longest_stale == west.stale and east.stale < west.stale)
    expect(west.false_empty == west.stale, "nobody in the cache, and shop-1 can be reached")
    expect(east.locality == 1 or east.locality > 0.8)
    expect(east.writes == 1 and east.writes_failed == 0 and east.reads == 1 and west.reads == 1)

    step "across a cut it lives and cannot be reached"
    w:cut("east", "west")
    wait(s(10))
    w:heal()
    wait(s(1))
    west = w:metrics { site = "west" }
    expect(west.unreachable == s(10), tostring(west.unreachable))

    step "dead: how long the far nodes list it"
    shop:kill()
    wait(s(60))
    away, west = w:metrics { from = "east", to = "west" }, w:metrics { site = "west" }
    expect(away.node_deaths.count == 1 and away.node_deaths.max == west.zombie_age.max)
    expect(west.zombie_age.count == 3 and west.zombie_age.max > s(20) and west.zombie_age.max < s(30.5), tostring(west.zombie_age.max))
    expect(west.zombies_left == 0 and west.last_zombie < now() and west.listed_dead > west.zombie_age.max)
    expect(away.consumer_deaths.max > away.node_deaths.max)

    step "an entry that comes back though nothing happened to it is a flap"
    local cart = w:client { name = "cart-1", server = "east" }
    cart:register { service = "cart" }
    local user = w:client { name = "user", server = "west", subscribe = { "cart" } }
    wait(s(5))
    w:cut("east", "west")
    wait(minutes(4))
    expect(w:metrics { site = "west" }.flaps == 0 and #user:sees "cart" == 0, "the lease has ended")
    w:heal()
    wait(minutes(1))
    expect(w:metrics { site = "west" }.flaps == 1)
    expect(not pcall(function() w:metrics { site = "south" } end))
  end,
}
