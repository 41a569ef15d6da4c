-- A link that comes and goes, faster than anybody's failure detector, loses no registration once it holds.
-- Each push is retried every 3 s for as long as it fails; the last outage counts as a short cut of its own.
-- An outage lasts 4.5 s at least, so that the first shop's push (1.1 s) times out (3 s) within it on any seed.
local bounds = require "bounds"
local shops = require "shops"

return scenario {
  params   = { times = 6 },
  topology = function() return { nodes = 3, lan = { rtt = between(us(300), ms(5)) } } end,
  must_see = { "link.cut", "link.heal", "sync.failed", "sync.retried" },
  always   = { checks.no_lost_instances { grace = s(20), heal = s(20) }, checks.view_matches_store {} },

  story = function(w, p)
    local a, b, c = w:nodes()
    wait(between(s(0), s(6)))
    local down, up = between(s(4.5), s(9)), between(s(1), s(6))
    step "the link between a and b flaps, and shops open all the while"
    w:flap(a, b, { down = down, up = up, times = p.times })
    local flapping = (down + up) * p.times
    local arrivals = 12
    local open = {}
    for i = 1, arrivals do
      open[i] = shops.open(w, { count = 1, name = "shop-" .. i, service = "shop", servers = i == 1 and { a } or { a, b, c } })[1]
      wait(flapping / arrivals)
    end

    step "the link holds"
    local held = now()
    eventually(bounds.after_heal(down, 3), function() return w:all_know(open) end,
               "all shops known everywhere")
    measure("agreed after the last flap", now() - held)
    wait(s(20))
    expect(w:converged(), "the nodes drifted apart in quiet")
  end,
}
