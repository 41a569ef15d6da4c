-- why: crashes
-- why: answered 500: the FORWARD to
-- The owner of a heartbeat client dies; until it is DOWN its beats are passed on to it in vain.
return scenario {
  topology = { nodes = 3, settings = { ["nacos.core.member.fail-access-cnt"] = 100 } },
  story = function(w)
    local nodes = { w:nodes() }
    local owner, other
    for _, n in ipairs(nodes) do
      if n:owns "10.128.0.1:8080" then owner = n else other = n end
    end
    local shop = w:client { name = "shop-1", kind = "nacos-client-1", server = other }
    expect(shop:register { service = "shop" }, "refused")
    wait(s(7))
    w:crash(owner)
    never(function() return not other:knows(shop) end, "the survivor dropped a living client")
    wait(s(240))
  end,
}
