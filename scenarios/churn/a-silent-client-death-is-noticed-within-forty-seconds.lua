-- Clients that die without a word are gone everywhere within 35 s.
-- Idle for 20 s (since their last ping, which may be 10 s before their death); the ejector's next look,
-- every 3 s, and 5 s more if it waits for the probe of another; their own probe (5 s); the DELETE's push
-- (1.2 s). lib/bounds.lua adds them up.
local bounds = require "bounds"
local shops = require "shops"

return scenario {
  params   = { shops = 12, dying = 4 },
  topology = function() return { nodes = 3, lan = { rtt = between(us(300), ms(5)) } } end,
  must_see = { "client.killed", "client.ejected" },
  always   = { checks.no_lost_instances { gap = s(0) }, checks.no_zombies { grace = bounds.silent_death },
               checks.no_resurrection {} },

  story = function(w, p)
    local a, b, c = w:nodes()
    step "a dozen shops are open"
    local open = shops.open(w, { count = p.shops, name = "shop", service = "shop", servers = { a, b, c } })
    eventually(bounds.push(), function() return w:all_know(open) end, "all shops known everywhere")
    wait(between(s(5), s(30)))

    step "some of them lose power, one after the other"
    local dead = {}
    for i = 1, p.dying do
      open[i]:kill()
      dead[i] = open[i]
      wait(between(s(0), s(2)))
    end
    local killed = now()

    step "their servers notice, and tell everybody"
    eventually(bounds.silent_death, function() return w:none_knows(dead) end, "the dead are gone everywhere")
    measure("gone after", now() - killed)
    expect(w:converged(), "a living shop went with them")
  end,
}
