-- Closed forms of README.md: what crosses the WAN per direction is C/5 health checks a second, w writes a second, and
-- w * K pushes of a full list (C clients with a stack over there, K of them subscribed to a service), within 5 %.
-- In full the period of a health check is 5 s and one round trip, since it begins 5 s after the one before has been answered; the
-- page's C/5 is within 5 % up to a round trip of 250 ms. And what else a connection carries counts as activity (a poll
-- in particular, which the agent's SDK 2.1 sends every 60 s and which is off here): it puts the next check off.
local dual = require "dual"

return scenario {
  params   = { rtt = ms(30), clients = 200, services = 10, subscribe = 2, rate = per_second(5), for_ = minutes(5) },
  topology = function(p) return dual.topology(p) end,
  must_see = { "client.updated" },
  story = function(w, p)
    local east, west = w:cluster "east", w:cluster "west"
    local want = { clients = p.clients, services = p.services, dual = { "east", "west" }, payload = bytes(120), async_query = false }
    want.name = "seller"
    local sellers = w:fleet(want)
    want.name, want.clients, want.instances, want.subscribe, want.services_of, want.services = "buyer", p.clients, 0, p.subscribe, sellers, nil
    w:fleet(want)
    local function near(what, found, expected)
      measure(what .. ", found over expected", found / expected)
      expect(found >= 0.95 * expected and found <= 1.05 * expected, what .. ": " .. found .. ", expected " .. expected)
    end

    step "nobody does anything"
    wait(s(20))
    local before = west:traffic { op = "PING" }.messages
    wait(p.for_)
    near("health checks to the west", west:traffic { op = "PING" }.messages - before, 2 * p.clients / 5 * (p.for_ / s(1)))

    step "sellers change their metadata"
    local push, write = west:traffic { op = "PUSH" }, west:traffic { op = "REGISTER" }.messages
    local at_home = east:traffic { op = "REGISTER" }.messages
    sellers:churn { update = p.rate, for_ = p.for_ }
    wait(p.for_ + s(3))
    local writes = west:traffic { op = "REGISTER" }.messages - write
    local after = west:traffic { op = "PUSH" }
    near("writes to the west, one for each at home", writes, east:traffic { op = "REGISTER" }.messages - at_home)
    expect((writes - 1500) ^ 2 < 16 * 1500, "five a second arrive at random: " .. writes)
    -- Each service has clients * subscribe / services consumers here; those of its writes that fall into one
    -- push delay (0.5 to 0.6 s) go out together.
    local consumers = p.clients * p.subscribe / p.services
    local per_service = 5 / p.services
    near("pushes from the west", after.messages - push.messages, writes * consumers / (1 + per_service * 0.55))
    -- The list is the one that a subscription is answered with.
    local probe = w:client { server = "west" }
    local answered = west:traffic { op = "SUBSCRIBE" }.reply_bytes
    probe:subscribe "seller.svc-1"
    answered = west:traffic { op = "SUBSCRIBE" }.reply_bytes - answered
    near("bytes of the pushes", (after.bytes - push.bytes) / bytes(1), answered / bytes(1) * (after.messages - push.messages))
    measure("bytes of a list for each instance", answered / (p.clients / p.services))
  end,
}
