-- New metadata and a new weight of an instance are stored by every node within 1.2 s and shown 0.6 s later, and
-- no node drops it meanwhile.
-- Sync delay 1 s + scan 0.1 s + transfer 0.1 s. The push carries the client's whole state, so the replica
-- is replaced in place: it never passes through absence. Queries are answered from a list that a push renews.
local bounds = require "bounds"

local function all_show(nodes, verb, version, weight)
  for _, n in ipairs(nodes) do
    local listed = n[verb](n, "shop")
    if #listed ~= 1 or listed[1].metadata.version ~= version or listed[1].weight ~= weight then return false end
  end
  return true
end

return scenario {
  params   = { nodes = 3 },
  topology = function(p) return { nodes = p.nodes, lan = { rtt = between(us(200), ms(2)) } } end,
  must_see = { "client.updated", "sync.applied" },
  always   = { checks.no_lost_instances { grace = bounds.push(), gap = s(0) }, checks.view_matches_store {} },

  story = function(w)
    local nodes = { w:nodes() }
    step "a shop of version blue is known everywhere"
    local shop = w:client { name = "shop-1", server = one_of(nodes) }
    expect(shop:register { service = "shop", metadata = { version = "blue" } }, "its own node refused it")
    eventually(bounds.push(), function() return w:all_know(shop) end, "shop-1 known everywhere")
    wait(between(s(0), s(6)))

    step "it turns green and doubles its weight"
    local changed = now()
    expect(shop:update { service = "shop", metadata = { version = "green" }, weight = 2 }, "its own node refused")
    eventually(bounds.push(), function() return all_show(nodes, "stored", "green", 2) end, "green everywhere")
    measure("green everywhere after", now() - changed)
    expect(w:converged(), "green everywhere, but not just that")
    eventually(bounds.query, function() return all_show(nodes, "instances", "green", 2) end, "seen everywhere")
    measure("seen everywhere after", now() - changed)
  end,
}
