-- w:upgrade restarts a node with another profile; the others keep theirs, and settings hold over either.
return scenario {
  topology = { nodes = 3, lan = { rtt = ms(1) }, profile = "nacos-2.1.2", profiles = { n3 = "nacos-2.3" },
               settings = { ["nacos.naming.client.expired.time"] = s(60),
                            ["nacos.core.protocol.distro.data.sync.delayMs"] = s(4),
                            n2 = { ["nacos.core.member.fail-access-cnt"] = 7 } } },
  must_see = { "node.crash", "node.boot" },
  story = function(w)
    local a, b, c = w:nodes()
    local stores = "distrosim.storeRevisionOnApply"
    expect(setting(stores) == false, "the run's profile is another")
    expect(not a:setting(stores) and not b:setting(stores) and c:setting(stores), "profiles differ by node")
    expect(a:setting "nacos.core.protocol.distro.data.sync.delayMs" == s(2), "2.1.2 reads no sync.delayMs")
    expect(c:setting "nacos.core.protocol.distro.data.sync.delayMs" == s(4), "2.3 reads sync.delayMs")
    local shop = w:client { name = "shop", server = a }
    expect(shop:register { service = "shop" }, "refused")
    wait(s(5))
    w:upgrade(b, "nacos-3.0")
    expect(b:count() == 0, "b kept something over its restart")
    expect(b:setting(stores) and not a:setting(stores), "only b was upgraded")
    expect(b:setting "nacos.naming.client.expired.time" == s(60), "the settings for all were lost")
    expect(b:setting "nacos.core.member.fail-access-cnt" == 7, "b's own settings were lost")
    wait(s(10))
    expect(b:knows(shop) or c:knows(shop), "nobody was told")
    w:upgrade({ a, c }, "hardened")
    expect(a:setting "distrosim.tombstoneMs" > s(0) and c:setting "distrosim.tombstoneMs" > s(0), "two at once")
  end,
}
