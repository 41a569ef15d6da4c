-- A service that its client takes back, by deregistering or by closing, is gone from every node within 1.2
-- s.
-- Sync delay 1 s + scan 0.1 s + transfer 0.1 s. To deregister is a change of the client (CHANGE), to close
-- is its end (DELETE); both wait equally long.
local bounds = require "bounds"

return scenario {
  params   = { nodes = 3 },
  topology = function(p) return { nodes = p.nodes, lan = { rtt = between(us(200), ms(2)) } } end,
  must_see = { "client.registered", "sync.applied" },
  always   = { checks.no_zombies { grace = bounds.push() }, checks.no_resurrection {} },

  story = function(w)
    step "a shop is open and known everywhere"
    local shop = w:client { name = "shop-1", server = one_of { w:nodes() } }
    expect(shop:register { service = "shop" }, "its own node refused it")
    eventually(bounds.push(), function() return w:all_know(shop) end, "shop-1 known everywhere")
    wait(between(s(0), s(6)))

    step "it takes its service back"
    local way = one_of { "deregister", "close" }
    log("by", way)
    local left = now()
    if way == "deregister" then
      expect(shop:deregister { service = "shop" }, "its own node refused")
    else
      shop:close()
    end
    eventually(bounds.push(), function() return w:none_knows(shop) end, "shop-1 gone everywhere")
    measure("gone everywhere after", now() - left)

    step "and it stays gone"
    wait(s(20))
    expect(w:converged(), "the nodes drifted apart in quiet")
  end,
}
