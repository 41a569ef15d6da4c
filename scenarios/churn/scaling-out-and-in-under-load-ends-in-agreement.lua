-- Two nodes join and leave again under steady churn; no living client is lost, and all agree within a lease of
-- the last departure.
-- A leaving node's clients go to the others and register again within 3 s; the replicas of their old
-- connections stay for their lease and show the same instances. What closed in its last second is not told,
-- and stays for that lease too (185 s).
local bounds = require "bounds"
local shops = require "shops"

return scenario {
  params   = { clients = 120, register = per_second(2), close = per_second(2) },
  topology = function() return { nodes = 3, lan = { rtt = between(us(300), ms(5)) } } end,
  must_see = { "node.join", "node.leave", "member.added", "member.removed", "snapshot.loaded", "client.redo" },
  always   = { checks.no_lost_instances {}, checks.no_empty_service {}, checks.view_matches_store {} },

  story = function(w, p)
    step "a fleet of 120 registers, and comes and goes"
    local fleet = w:fleet { name = "fleet", clients = p.clients, services = 12, over = s(5) }
    wait(s(10))
    fleet:churn { register = p.register, close = p.close, for_ = s(80) }

    step "two nodes join"
    local d = w:join "n4"
    wait(between(s(5), s(15)))
    local e = w:join "n5"
    eventually(s(36), function() return d:state().initialised and e:state().initialised end, "both have loaded")

    step "some clients come to live there"
    local guests = shops.open(w, { count = 20, name = "guest", service = "guest-house", servers = { d, e } })
    eventually(bounds.push(), function() return w:all_know(guests) end, "the guests are known everywhere")
    wait(between(s(5), s(15)))

    step "both leave"
    w:leave(e)
    wait(between(s(2), s(8)))
    w:leave(d)
    local left = now()

    step "the churn ends; what was never told ends with its lease"
    wait_until(s(95))
    eventually(left + bounds.lease - now(), function() return w:converged() end, "all agree")
    measure("agreed after the last departure", now() - left)
  end,
}
