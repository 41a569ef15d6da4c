-- Clients that die together with their server stay listed on the other nodes for three minutes, and no
-- longer.
-- No node takes a connection client over from its dead owner, so none verifies or deletes it: the
-- replicas' lease of 180 s, renewed at most 5 s before the crash and looked at every 5 s, is all that ends
-- them.
local bounds = require "bounds"
local shops = require "shops"

return scenario {
  params   = { shops = 10 },
  topology = function() return { nodes = 3, lan = { rtt = between(us(300), ms(5)) } } end,
  must_see = { "node.crash", "client.killed", "lease.expired" },
  always   = { checks.no_zombies { grace = bounds.lease }, checks.no_resurrection { grace = bounds.lease } },

  story = function(w, p)
    local a, b, c = w:nodes()
    step "ten shops on a are known everywhere"
    local open = shops.open(w, { count = p.shops, name = "shop", service = "shop", servers = { a } })
    eventually(bounds.push(), function() return w:all_know(open) end, "all shops known everywhere")
    wait(between(s(11), s(17)))

    step "the rack of a and its clients loses power"
    w:crash(a)
    for _, shop in ipairs(open) do shop:kill() end
    local took = within(bounds.lease_earliest, bounds.lease, function() return w:none_knows(open) end,
                        "the survivors list the dead until their leases end")
    measure("listed though dead for", took)
  end,
}
