-- Question 18 of README.md, at its edge: when a round of VERIFY takes longer to cross the WAN than a lease lasts, servers
-- drop clients that are alive and well. Everybody is known everywhere when the WAN narrows. From then on digests arrive after
-- their time-out of 3 s, so that for the owner all fail; those that arrive renew all the same, but a round is
-- 600 clients x 3 far servers x 290 bytes, 4.2 Mbit, and 180 s of this link carry 3.6. Who is renewed is whose digest stood
-- ahead in the queue: 180 s after the WAN narrowed the first leave the lists, and within three minutes more than half have.
-- (A WAN that carries a fifth of its VERIFY, 200 kbit/s, loses no client: each is renewed every few rounds.)
local bounds = require "bounds"
local stretched = require "stretched"

return scenario {
  params   = { rtt = ms(30), clients = 600, bandwidth = kbit(20), queue = mib(4) },
  topology = function(p) return stretched.topology(p.rtt) end,
  must_see = { "link.degraded", "verify.failed", "lease.expired" },
  story = function(w, p)
    w:fleet { name = "east", server = "east", clients = p.clients, services = 10, over = s(20) }
    wait(s(21))
    eventually(bounds.push(p.rtt / 2), function() return w:converged() end, "everybody known everywhere")

    step "the WAN narrows"
    w:link("east", "west", { bandwidth = p.bandwidth, queue = p.queue })
    local far, narrow = w:node "west/n1", now()
    -- Renewed last by the round before, or by what the first one after it brings through.
    local first = within(bounds.lease_earliest, bounds.lease + s(10), function() return far:count() < p.clients end,
                         "the first leave")
    measure("the first leave the far lists after", first)
    wait_until(narrow + minutes(6))
    measure("of " .. p.clients .. " who are alive, the west lists", far:count())
    measure("leases that ended at one of its servers", far:counters().leases_expired)
    expect(far:counters().leases_expired > p.clients / 2, "less than half of the living were dropped")
    local failed = 0
    for _, node in ipairs(w:site "east") do failed = failed + node:counters().verify_failed end
    measure("VERIFY that failed", failed)
  end,
}
