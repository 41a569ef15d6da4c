-- A 1.x client that is alive and beats all the time may vanish for a moment when a cut heals, and is back
-- with its next beat.
-- Its owner-to-be on the far side got no beats, called it dead after 30 s, and kept the DELETE for the near
-- side: this is applied as soon as the link is back, from any sender (no node compares ownership). The
-- client beats every 5 s: it finds itself unknown (20404) and registers again.
local bounds = require "bounds"
local shops = require "shops"

return scenario {
  params   = { beaters = 12 },
  topology = function()
    return { nodes = 3, lan = { rtt = between(us(300), ms(5)) }, clients = "nacos-client-1" }
  end,
  must_see = { "link.cut", "beat.expired", "owner.changed" },
  always   = { checks.view_matches_store {} },

  story = function(w, p)
    local a, b, c = w:nodes()
    step "twelve beating clients on the side of b and c are known everywhere"
    local beaters = shops.open(w, { count = p.beaters, name = "beater", service = "shop", servers = { b, c } })
    eventually(bounds.push(), function() return w:all_know(beaters) end, "all known everywhere")
    wait(between(s(11), s(17)))

    step "a is cut off, hears no beat, and removes them"
    w:partition({ a }, { b, c })
    -- 30 s of silence since the last VERIFY or beat, looked at every 5 s, but only once a holds b and c for
    -- DOWN and so owns every tag itself: 19 s at most, and two checks.
    eventually(s(30) + s(19) + s(10), function() return #a:stored "shop" == 0 end, "a calls them dead")
    wait(between(s(10), s(16)))
    local gap = watch(function() return not (b:knows(beaters) and c:knows(beaters)) end)

    step "the network heals: a's verdict reaches the living, who contradict it with their next beat"
    w:heal()
    wait(bounds.after_heal(s(75), 3))
    eventually(s(5) + bounds.push(), function() return w:converged() end, "all beaters are back everywhere")
    local longest = s(0)
    for _, span in ipairs(gap:spans()) do
      if span.to - span.from > longest then longest = span.to - span.from end
    end
    measure("gaps on the living side", #gap:spans())
    measure("longest gap", longest)
  end,
}
