-- w:publish_config, w:config_copy, n:config, k:config: notices inside a cluster, dump workers where a copy brings rows.
return scenario {
  topology = { clusters = { east = { nodes = 3 }, west = { nodes = 2 }, old = { nodes = 1, profile = "nacos-2.2.1" } }, wan = { rtt = ms(40) } },
  must_see = { "config.published", "config.dumped" },
  story = function(w)
    local east, west, old = w:cluster "east", w:cluster "west", w:cluster "old"
    local a, b, c = east:nodes()
    local d, e = west:nodes()
    expect(a:config "app" == nil and a:config_counters().applied == 0)
    expect(w:publish_config { id = "before", value = "0", server = "east" })
    w:config_copy { from = "east", to = "west" }
    w:config_copy { from = "east", to = "old", lag = { s(1), s(2) } }
    w:cut(a, c)
    expect(a:config "before" == "0" and d:config "before" == nil)
    expect(east:publish_config { id = "app", value = "1", server = "n1" })
    expect(a:config "app" == "1", "the server that took it serves it at once")
    wait(ms(1))
    expect(b:config "app" == "1", "a notice tells the others")
    expect(c:config "app" == nil, "a cut holds the notice back")
    eventually(s(31), function() return d:config "app" == "1" and e:config "app" == "1" end, "the west's own workers")
    eventually(s(31), function() return c:config "app" == "1" end, "c's own worker")
    expect(d:config_counters().applied == 2 and d:config_counters().missed == 0)
    expect(old:node "n1":config "app" == nil, "2.2 has no change worker")
    local k = w:client { server = "west" }
    wait(s(1))
    expect(k:config "app" == "1" and k:config "nothing" == nil)
    step "a restart reads everything"
    w:restart(old:node "n1")
    expect(old:node "n1":config "app" == "1", "the dump at the start")
    w:crash(d)
    expect(d:config "app" == nil, "it does not run")
    w:restart(d)
    expect(d:config "app" == "1")
    step "nobody to publish at"
    w:crash { east:nodes() }
    local ok, why = w:publish_config { id = "app", value = "2", server = "east" }
    expect(ok == false and why == "refused")
    ok, why = w:publish_config { id = "app", value = "2", server = a }
    expect(ok == false and why == "refused")
    step "six hours and ten minutes later the old release has dumped everything"
    expect(w:publish_config { id = "app", value = "3", server = "west" })
    w:config_copy { from = "west", to = "old", lag = s(0) }
    wait(hours(6) + minutes(11))
    expect(old:node "n1":config "app" == "3")
  end,
}
