-- API.md 2, 4, 6: defaults and edge cases that the page states and no other scenario here tries.
return scenario {
  params   = { text = "a", flag = true, number = 2, share = percent(5), below = s(-1) },
  topology = { sites = { b = 2, a = 2 }, wan = { rtt = ms(20) }, settings = { ["a/n1"] = { ["nacos.common.processors"] = 1 } } },
  always   = { checks.no_zombies, function() return true end },
  story    = function(w, p)
    local refused = function(f, ...)
      local ok, why = pcall(f, ...)
      expect(not ok, "accepted")
      return why
    end
    local a1, a2, b1, b2 = w:nodes()

    step "quantities"
    expect(s(7) // s(3) == 2 and s(7) % s(3) == s(1) and s(7) / s(2) == 3.5, "//, % and /")
    expect("in " .. s(1.5) == "in 1.5s" and tostring(percent(5)) == "5%", "as text")
    expect(refused(function() return s(1) + 1 end):find "duration 1s and a number 1", "s(1) + 1")
    expect(refused(w.pause, w, a1, p.below):find "not negative", "a negative pause")
    expect(refused(function() return p.nothing end):find "no param 'nothing'", "a param that is not there")
    local low, high = false, false
    for _ = 1, 200 do
      local drawn = between(1, 2)
      low, high = low or drawn == 1, high or drawn == 2
      expect(math.type(drawn) == "integer", "integers give an integer")
    end
    expect(low and high, "both ends are included")

    step "names, addresses, clients"
    expect(a1.name == "a/n1" and a1.address == "10.0.0.1:8848" and a1.site == "a" and a1.cluster == "", "a/n1")
    expect(b2.name == "b/n2" and b2.address == "10.0.1.2:8848", "b/n2")
    local first, second = w:client {}, w:client { server = "b" }
    expect(first.name == "c1" and second.name == "c2", "clients without a name are c1, c2")
    expect(first.ip == "10.128.0.1" and second.ip == "10.128.0.2" and second.port == 8080, "their addresses")
    expect(second.site == "b" and second.kind == "nacos-client-2", "where c2 sits")
    wait(s(5))
    expect(second:server().site == "b", "a site limits the list of servers")
    expect(setting "nacos.common.processors" == 4 and a1:setting "nacos.common.processors" == 1, "settings of one node")

    step "operations"
    expect(second:register { service = "shop" } == true, "refused")
    local found = w:truth "shop"[1]
    expect(found.ip == "10.128.0.2" and found.port == 8080 and found.weight == 1 and found.healthy and found.enabled
      and found.cluster == "DEFAULT" and next(found.metadata) == nil and found.client == "c2", "an instance's defaults")
    local posted = second:post "register" { service = "mall", group = "G" }
    expect(posted:done() == nil, "post waits")
    wait(s(5))
    expect(posted:done() == true, "and tells the result")
    expect(a1:services()[1] == "G@@mall" and a1:services()[2] == "shop", "names of services")
    expect(second:update { service = "shop", weight = 2 } and w:truth "shop"[1].weight == 2, "update")
    expect(second:deregister { service = "mall", group = "G" } and second:deregister "none", "a service, and one never registered")

    step "membership"
    local joined = w:join()
    expect(joined.name == "a/n3" and joined.address == "10.0.0.3:8848", "the next of the first site")
    wait(s(20))
    expect(joined:knows(second) and joined:count() == 1, "the new node has loaded")

    step "a black hole swallows clients' packets too"
    local ours = w:client { server = b2, subscribe = "shop" }
    wait(s(2))
    w:blackhole(b2)
    wait(s(40))
    expect(ours:server() ~= nil and ours:server().name ~= "b/n2", "its client did not leave it")
    expect(not b2:quorum() and a1:quorum(), "quorum")
    w:heal()

    step "no node runs"
    w:crash { a1, a2, b1, b2, joined }
    expect(not w:all_know(second) and w:none_knows(second) and w:agree() and w:converged(), "of no node")
    expect(a1:count() == 0 and not a1:knows(second) and next(a1:state()) == nil and #a1:instances "shop" == 0, "down")
    expect(select("#", w:nodes()) == 5 and #w:live_nodes() == 0 and #w:site "a" == 3, "members stay members")
  end,
}
