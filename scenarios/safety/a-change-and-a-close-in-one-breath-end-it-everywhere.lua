-- A client that changes and closes within the same instant is gone from every node 1.2 s later, like one
-- that just closes.
-- The DELETE finds the CHANGE waiting, takes its place and keeps its start. If it were the other way round,
-- the CHANGE would find no client when due, say nothing, and the replicas would stay for their lease (Nacos
-- before 2.0.2: issue 5918).
local bounds = require "bounds"
local shops = require "shops"

return scenario {
  params   = { shops = 10 },
  topology = function() return { nodes = 3, lan = { rtt = between(us(300), ms(5)) } } end,
  must_see = { "client.updated", "client.closed", "sync.merged", "sync.deleted" },
  always   = { checks.no_zombies { grace = bounds.push() }, checks.no_resurrection {},
               checks.view_matches_store {} },

  story = function(w, p)
    step "ten shops are open"
    local open = shops.open(w, { count = p.shops, name = "shop", service = "shop", servers = { w:nodes() } })
    eventually(bounds.push(), function() return w:all_know(open) end, "all shops known everywhere")

    step "each changes, and closes"
    for _, shop in ipairs(open) do
      wait(between(s(0), s(2)))
      expect(shop:update { service = "shop", weight = 2 }, "an update was refused")
      wait(between(ms(0), ms(50)))
      shop:close()
    end
    eventually(bounds.push(), function() return w:none_knows(open) end, "all gone everywhere")
  end,
}
