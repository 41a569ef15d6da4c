-- A service is never without its provider while the servers are restarted one after another.
--
--      distrosim run scenarios/*.lua --seed 1
--      distrosim sweep scenarios --seeds 1..100
--
-- Params can be set from the command line: --set nodes=5 --set pause=2s. An editor with the Lua language
-- server completes what a story can say; scenarios/API.md among distrosim's own files has it on one page.
return scenario {
  params   = { nodes = 3, pause = s(30) },
  topology = function(p)
    return { nodes = p.nodes, profile = "nacos-2.3", lan = { rtt = between(us(200), ms(2)) } }
  end,
  must_see = { "node.boot", "snapshot.loaded", "client.switched" },  -- without these the run proved nothing
  always   = { checks.no_empty_service {} },

  story = function(w, p)
    step "a shop opens, at some moment of the servers' timers"
    local shop = w:client { name = "shop-1" }
    wait(between(s(3), s(9)))
    expect(shop:register { service = "shop" }, "the registration was refused")
    eventually(s(5), function() return w:all_know(shop) end, "shop-1 known everywhere")

    step "each server is restarted, one after another"
    for _, node in ipairs { w:nodes() } do
      w:restart(node)
      wait(p.pause)
    end

    step "all of them list the shop"
    eventually(s(20), function() return w:all_know(shop) end, "shop-1 known everywhere after the restarts")
  end,
}
