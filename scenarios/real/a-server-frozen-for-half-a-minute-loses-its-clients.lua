-- A server is frozen for half a minute: its client's health check finds out and it goes to another server, the others
-- hold the frozen one for DOWN, and when it goes on all agree again.
local bounds = require "bounds"

return scenario {
  params = { frozen = s(30) },
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  must_see = { "node.pause", "node.resume", "client.switched" },
  story = function(w, p)
    local a, b, c = w:nodes()
    local shop = w:client { name = "shop-1", server = c }
    local settled = w:client { name = "settled", server = a }
    expect(shop:register { service = "shop" }, "refused")
    expect(settled:register { service = "shop" }, "refused")
    wait(bounds.push() + between(s(1), s(6)))
    step "c is frozen"
    w:pause(c, p.frozen)
    local paused = now()
    local down = watch(function() return a:state().members.n3 == "DOWN" end)
    eventually(bounds.switch, function() return shop:server() ~= nil and shop:server() ~= c end, "it waits for c")
    measure("switched", now() - paused)
    wait_until(paused + p.frozen)
    expect(down:first() ~= nil, "a does not hold c for DOWN")
    measure("down", down:first() - paused)
    step "c goes on"
    eventually(bounds.after_heal(p.frozen, 3), function()
      return a:state().members.n3 == "UP" and b:state().members.n3 == "UP"
    end, "c is not UP")
    measure("up", now() - paused - p.frozen)
    eventually(bounds.repair(), function() return w:converged() and w:all_know { shop, settled } end)
  end,
}
