-- Question 1 of README.md: what registers in both clusters is seen by the other region's consumers
-- 0.5 to 1.7 s plus half a round trip later, in every variant.
-- The agent's second call leaves when the first is answered and takes half a round trip; the far server pushes
-- after 500 to 600 ms if the consumer is connected to the very one that took it, otherwise Distro comes first
-- (1000 to 1100 ms). Consumers listen to both clusters, so the quicker of two ways counts. A 1.x consumer gets
-- it by UDP, or, if a datagram finds it unsubscribed, by its next poll.
-- Each write crosses the WAN once, and once more as a push for each consumer over there that subscribes here: a 2.x one.
-- FINDING: the page's "one push per cross-subscribed consumer" is low for 1.x. A 1.x consumer asks another server with
-- every poll and stays subscribed for 30 s wherever it has asked, so each of up to three servers sends it the datagram. A poll
-- at a server where that time is over subscribes anew, for which a datagram is sent, too.
local dual = require "dual"

return scenario {
  params   = { rtt = ms(30), writes = 20 },
  topology = function(p) return dual.topology(p) end,
  must_see = { "client.registered" },
  story = function(w, p)
    step "a consumer of each kind in the west"
    local consumer, worst = {}, {}
    for _, variant in ipairs(dual.variants) do
      local opening = dual.client(w, variant, "east")
      opening:register { service = variant .. ".shop", ip = "10.9.9.9" } -- so that no list is empty and polls are regular
      consumer[variant] = dual.client(w, variant, "west")
      consumer[variant]:subscribe(variant .. ".shop")
      worst[variant] = s(0)
    end
    wait(s(10))

    step "applications register in the east, one after the other"
    local registered_across = w:cluster "west":intercept { op = "REGISTER", nth = "all", action = "observe" }
    local polled = w:cluster "east":intercept { from = consumer["1.x"], op = "QUERY", nth = "all", action = "observe" }
    local pushed = {}
    for _, variant in ipairs(dual.variants) do
      pushed[variant] = w:cluster "east":intercept { op = "PUSH", to = consumer[variant], nth = "all", action = "observe" }
    end
    for i = 1, p.writes do
      for _, variant in ipairs(dual.variants) do
        wait(between(s(0), s(3)))
        local shop, service, asked = dual.client(w, variant, "east"), variant .. ".shop", now()
        wait(s(1)) -- it connects
        asked = now()
        expect(shop:register { service = service }, "both clusters refused it")
        eventually(s(1.7) + p.rtt, function() return dual.sees(consumer[variant], shop, service) end,
                   variant .. ": seen in the other region")
        local took = now() - asked
        if took > worst[variant] then worst[variant] = took end
        -- A poll that happens to come sooner may bring it to a 1.x consumer without any delay of a push.
        expect(took >= (variant == "1.x" and ms(0) or ms(500)) + p.rtt / 2, variant .. ": seen before any push could come")
      end
    end
    for _, variant in ipairs(dual.variants) do measure("seen across, slowest, " .. variant, worst[variant]) end

    step "what crossed the WAN"
    expect(registered_across:seen() == 3 * p.writes, "one call for each write")
    wait(s(3))
    for _, variant in ipairs(dual.variants) do measure("pushes across for each write, " .. variant, pushed[variant]:seen() / p.writes) end
    expect(pushed["2.x"]:seen() == p.writes and pushed.ideal:seen() == p.writes, "one push for each write")
    expect(pushed["1.x"]:seen() > p.writes and pushed["1.x"]:seen() <= 3 * p.writes + polled:seen(),
           "a datagram from each server that was asked lately, and one for a subscription that had lapsed")
    measure("polls across, 1.x", polled:seen())
  end,
}
