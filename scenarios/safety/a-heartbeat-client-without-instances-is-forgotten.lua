-- A heartbeat client that takes all its instances back leaves no record behind: on no node 37 s later.
-- It has no connection whose end would tell. Its record is empty, and goes when it was idle for 30 s, looked
-- at every 5 s; then a push (1.2 s) ends the replicas that the owner's VERIFY has kept. Else the records of
-- clients that come and go would pile up, each verified to every peer every 5 s. (Where the empty record is its own
-- tombstone, distrosim.orderedRevisions, each node forgets it for itself, distrosim.tombstoneMs after it was told.)
local bounds = require "bounds"
local shops = require "shops"

local function records(w)
  local total = 0
  for _, n in ipairs { w:nodes() } do total = total + n:state().clients end
  return total
end

return scenario {
  params   = { beaters = 10 },
  topology = function()
    return { nodes = 3, lan = { rtt = between(us(300), ms(5)) }, clients = "nacos-client-1" }
  end,
  must_see = function()
    return setting "distrosim.orderedRevisions" and { "client.deregistered" }
           or { "client.deregistered", "lease.expired", "sync.deleted" }
  end,
  always   = { checks.no_zombies { grace = bounds.push() }, checks.view_matches_store {} },

  story = function(w, p)
    step "beating clients are known everywhere"
    local beaters = shops.open(w, { count = p.beaters, name = "beater", service = "shop", servers = { w:nodes() } })
    eventually(bounds.push(), function() return w:all_know(beaters) end, "all known everywhere")
    expect(records(w) == 3 * p.beaters, "not one record each")
    wait(between(s(6), s(12)))

    step "each takes its instance back"
    for _, beater in ipairs(beaters) do
      expect(beater:deregister { service = "shop" }, "it was refused")
    end
    local idle = s(30)
    if setting "distrosim.orderedRevisions" then idle = setting "distrosim.tombstoneMs" end
    local took = within(idle - ms(100), idle + s(5) + bounds.push(), function() return records(w) == 0 end,
                        "no node has a record of any")
    measure("forgotten after", took)
  end,
}
