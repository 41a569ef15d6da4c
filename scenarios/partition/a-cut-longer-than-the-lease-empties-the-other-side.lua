-- Cut off for longer than the lease, each side forgets the other's clients, all within ten seconds, and
-- lists them again soon after the heal.
-- The lease (180 s) was last renewed between 5 s before the cut and the cut, and is looked at every 5 s:
-- gone no sooner than 175 s and no later than 185 s after the cut. After the heal VERIFY finds them absent
-- and pushes them again.
local bounds = require "bounds"
local shops = require "shops"

return scenario {
  params   = { cut_for = s(200) },
  topology = function() return { nodes = 3, lan = { rtt = between(us(300), ms(5)) } } end,
  must_see = { "link.cut", "lease.expired", "verify.repair" },
  always   = function(p)
    local heal = bounds.after_heal(p.cut_for, 3)
    return { checks.no_lost_instances { heal = heal }, checks.no_native_expiry {},
             checks.view_matches_store {} }
  end,

  story = function(w, p)
    local a, b, c = w:nodes()
    step "shops on both sides-to-be are known everywhere"
    local left = shops.open(w, { count = 10, name = "left", service = "left", servers = { a } })
    local right = shops.open(w, { count = 10, name = "right", service = "right", servers = { b, c } })
    eventually(bounds.push(), function() return w:converged() end, "all known everywhere")
    wait(between(s(11), s(17)))

    step "a is cut off"
    w:partition({ a }, { b, c })
    local cut = now()
    spawn(function()
      within(bounds.lease_earliest, bounds.lease, function() return #a:stored "right" == 0 end,
             "a forgets the right side when its leases end")
    end)
    within(bounds.lease_earliest, bounds.lease, function()
      return #b:stored "left" == 0 and #c:stored "left" == 0
    end, "b and c forget the left side when its leases end")
    wait_until(cut + p.cut_for + between(s(0), s(6)))
    expect(shops.known_to({ a }, left) and shops.known_to({ b, c }, right), "a side forgot its own clients")
    expect(#a:stored "right" == 0, "a still lists the right side")

    step "the network heals, and everybody is back"
    w:heal()
    local healed = now()
    eventually(bounds.after_heal(p.cut_for, 3), function() return w:converged() end, "all agree")
    measure("agreed after the heal", now() - healed)
  end,
}
