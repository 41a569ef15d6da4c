-- A server that restarts lists the clients that died with it for three more minutes, longer than the nodes
-- that never went down.
-- It loads them from a peer's snapshot as replicas with a fresh lease: 180 s from the load, not from the
-- last VERIFY. The peers' own leases run on. (Restarts in time could keep a dead client listed for ever.)
local bounds = require "bounds"
local shops = require "shops"

return scenario {
  params   = { shops = 10, down_for = s(60) },
  topology = function() return { nodes = 3, lan = { rtt = between(us(300), ms(5)) } } end,
  must_see = { "node.crash", "client.killed", "snapshot.loaded", "lease.expired" },

  story = function(w, p)
    local a, b, c = w:nodes()
    step "ten shops on a are known everywhere"
    local open = shops.open(w, { count = p.shops, name = "shop", service = "shop", servers = { a } })
    eventually(bounds.push(), function() return w:all_know(open) end, "all shops known everywhere")
    wait(between(s(11), s(17)))

    step "the rack of a and its clients loses power; a alone comes back"
    w:crash(a)
    local crashed = now()
    for _, shop in ipairs(open) do shop:kill() end
    wait(p.down_for)
    w:restart(a)
    eventually(s(65), function() return a:knows(open) end, "a loads its own dead clients")
    local loaded = now()

    if not setting "distrosim.snapshotResetsLease" then
      step "the leases that it loaded run on: all forget them together"
      eventually(crashed + bounds.lease - now(), function() return w:none_knows(open) end, "all forgot them")
      expect(now() - crashed >= bounds.lease_earliest, "they were forgotten before their leases ended")
      return
    end

    step "b and c forget them when the old leases end, a does not"
    eventually(crashed + bounds.lease - now(), function() return shops.unknown_to({ b, c }, open[1]) end,
               "b and c forgot them")
    expect(a:knows(open), "a forgot them with the others")

    step "a forgets them three minutes after its load"
    -- The load began before a listed the last of them; a second covers the time between.
    eventually(loaded + bounds.lease + s(1) - now(), function() return w:none_knows(open) end, "a forgot them")
    expect(now() - loaded >= s(179), "a's leases were not fresh")
    measure("dead for, at the end", now() - crashed)
  end,
}
