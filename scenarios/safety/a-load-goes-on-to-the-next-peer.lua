-- A restarted node whose first peer cannot serve the snapshot loads from the next one, at once.
-- It asks in the order of addresses, and goes on to the next after an error; only when none is left does it
-- wait for 30 s. A second covers the handshakes (three round trips) and both requests.
local shops = require "shops"

return scenario {
  params   = { shops = 20 },
  topology = function() return { nodes = 3, lan = { rtt = between(us(300), ms(5)) } } end,
  must_see = { "snapshot.failed", "snapshot.loaded" },
  always   = { checks.view_matches_store {} },

  story = function(w, p)
    local a, b, c = w:nodes()
    step "shops are open on b and c"
    local open = shops.open(w, { count = p.shops, name = "shop", service = "shop", servers = { b, c } })
    wait(between(s(6), s(12)))

    step "a restarts, and b answers its request with an error"
    local refused = w:intercept { from = a, to = b, op = "SNAPSHOT", action = "refuse_apply" }
    w:restart(a)
    eventually(s(1), function() return a:state().initialised end, "a has loaded from c")
    expect(refused:seen() == 1 and a:counters().load_attempts == 2, "not with the second attempt")
    expect(a:knows(open), "a lacks a shop")
  end,
}
