-- A client publishes one service name in two namespaces and in two groups; each can be taken back by itself.
return scenario {
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  must_see = { "sync.applied", "client.deregistered" },
  always   = { checks.no_lost_write {}, checks.no_stale_content {} },
  story    = function(w)
    local a, b, c = w:nodes()
    local k = w:client { name = "k", server = a }
    local push = setting "nacos.core.protocol.distro.data.sync.delayMs" + s(1)  -- the delay, then a round trip
    local all = {
      { service = "shop", namespace = "red", ip = "10.200.0.1" },
      { service = "shop", namespace = "blue", ip = "10.200.0.2" },
      { service = "shop", group = "gold", ip = "10.200.0.3" },
      { service = "shop", group = "gold", namespace = "blue", ip = "10.200.0.4" },
    }
    step "one name, four services"
    for _, i in ipairs(all) do expect(k:register(i), "refused") end
    eventually(push, function() return w:converged() end, "all four are everywhere")
    expect(c:count() == 4, "c lists " .. c:count() .. " instances, not 4")
    step "one is changed, one is taken back"
    expect(k:register { service = "shop", namespace = "red", ip = "10.200.0.1", weight = 3 }, "refused")
    expect(k:deregister { service = "shop", namespace = "blue" }, "refused")
    eventually(push, function() return w:converged() end, "the other three are everywhere")
    expect(c:count() == 3, "c lists " .. c:count() .. " instances, not 3")
  end,
}
