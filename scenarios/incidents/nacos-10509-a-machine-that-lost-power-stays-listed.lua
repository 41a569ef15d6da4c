-- Instances of machines that lost power stay listed for days on all servers, and look healthy: nacos#10509, #10088,
-- #10773, #10909, #11258, #12095, #13261.
-- Affected: 2.2.0 to 2.2.4; cured in 2.3.0. When connection control became a plug-in, the new ejector lost the check for
-- idle connections: the owner takes a half-open connection for alive, and vouches for it to everybody.
-- The rest: 20 s idle, 3 s to the next look, the probe's time-out (1 s before 2.2.0, else 5 s), and a push.
local incident = require "incident"

return scenario {
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  must_see = { "client.killed" },

  story = function(w)
    local a = w:nodes()
    if setting "distrosim.generation" == 1 then return end
    local shop = w:client { name = "shop-1", server = a }
    expect(shop:register { service = "shop" }, "a refused it")
    incident.settled(w, shop)

    step "the machine of the shop loses power"
    shop:kill()
    local listed = incident.longest("listed though dead for", function() return not w:none_knows(shop) end)
    wait(minutes(10))
    expect(listed() <= s(20) + s(3) + s(5) + setting "distrosim.probeTimeoutMs" + incident.push(),
           "the dead are listed still")
  end,
}
