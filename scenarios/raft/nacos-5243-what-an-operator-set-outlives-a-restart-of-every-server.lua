-- nacos#5243: weights set at the console were gone after a restart of Nacos 1.3; in 2.x they are Raft's, and a restart of every server leaves them.
local raft = require "raft"

return scenario {
  topology = { nodes = 3 },
  must_see = { "node.crash", "raft.commit" },
  always = raft.safety,
  story = function(w)
    local shop = w:client { name = "shop-1" }
    shop:register { service = "shop" }
    wait(s(3))
    expect(w:override { service = "shop", ip = shop.ip, weight = 3 })
    wait(s(1))
    step "all servers at once"
    local servers = { w:nodes() }
    w:crash(servers)
    wait(s(2))
    w:restart(servers)
    eventually(s(60), function()
      for _, n in ipairs(servers) do
        local listed = n:instances("shop")[1]
        if not (listed and listed.weight == 3) then return false end
      end
      return true
    end, "the instance is back, as the operator left it")
  end,
}
