-- A server's process is killed: its clients go to another server within the redo's period, the others hold it for
-- DOWN, and started again it loads all and is UP once more.
local bounds = require "bounds"

return scenario {
  params = { down_for = s(15) },
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  must_see = { "node.crash", "client.switched", "client.redo" },
  always = { checks.no_lost_instances { grace = s(12), gap = bounds.redo + bounds.push() } },
  story = function(w, p)
    local a, b, c = w:nodes()
    local shops = {}
    for i = 1, 4 do
      shops[i] = w:client { name = "shop-" .. i, server = i <= 2 and a or b }
      expect(shops[i]:register { service = "shop" }, "refused")
    end
    wait(between(s(2), s(7)))
    step "a is killed"
    w:crash(a)
    local killed = now()
    eventually(bounds.redo, function() return shops[1]:server() ~= a and shops[2]:server() ~= a end, "they wait for a")
    measure("moved", now() - killed)
    eventually(s(14), function() return b:state().members.n1 == "DOWN" and c:state().members.n1 == "DOWN" end,
      "a is not held for DOWN")
    measure("down", now() - killed)
    wait_until(killed + p.down_for)
    expect(w:all_know(shops), "somebody was lost")
    step "a starts again"
    w:restart(a)
    local started = now()
    eventually(bounds.start, function() return a:state().ready and a:knows(shops) end, "a has not loaded all")
    measure("loaded", now() - started)
    eventually(s(6), function() return b:state().members.n1 == "UP" and c:state().members.n1 == "UP" end, "a is not UP")
    measure("up", now() - started)
    eventually(bounds.repair(), function() return w:converged() end)
  end,
}
