-- Two of five nodes, cut off for less than the lease, go on listing all they knew, and catch up soon after
-- the heal.
-- A replica's lease is 180 s and was renewed at most 5 s before the cut, so none ends in a minute. What is
-- new waits for the retry; lib/bounds.lua adds up reconnect, report and retry.
local bounds = require "bounds"
local shops = require "shops"

return scenario {
  params   = { cut_for = s(60) },
  topology = function() return { nodes = 5, lan = { rtt = between(us(300), ms(5)) } } end,
  must_see = { "link.cut", "member.down", "member.up", "sync.retried" },
  always   = function(p)
    local heal = bounds.after_heal(p.cut_for, 5)
    return { checks.no_lost_instances { heal = heal }, checks.no_empty_service { heal = heal },
             checks.no_native_expiry {} }
  end,

  story = function(w, p)
    local a, b, c, d, e = w:nodes()
    step "twenty shops are open all over the cluster"
    local old = shops.open(w, { count = 20, name = "old", service = "shop", servers = { a, b, c, d, e } })
    eventually(bounds.push(), function() return w:all_know(old) end, "old shops known everywhere")
    wait(between(s(5), s(11)))

    step "d and e are cut off; ten more shops open where the majority is"
    w:partition({ a, b, c }, { d, e })
    local keeps = always(function() return d:knows(old) and e:knows(old) end, "the minority keeps what it knew")
    local new = shops.open(w, { count = 10, name = "new", service = "shop", servers = { a, b, c } })
    eventually(bounds.push(), function() return shops.known_to({ a, b, c }, new) end, "the majority works as ever")
    wait(p.cut_for + between(s(0), s(6)))
    expect(shops.unknown_to({ d, e }, new[1]), "the minority heard of a new shop across the cut")

    step "the network heals"
    w:heal()
    local healed = now()
    eventually(bounds.after_heal(p.cut_for, 5), function() return w:converged() end, "all five agree")
    keeps:stop()
    measure("agreed after the heal", now() - healed)
  end,
}
