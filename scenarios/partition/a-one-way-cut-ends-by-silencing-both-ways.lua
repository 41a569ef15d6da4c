-- If a's packets no longer reach b, a still hears b's news at first, and then nothing: the side whose calls
-- go unanswered gives the link up, and stops sending.
-- b reports to each of its two peers in turn, 2 s apart: 4 s at most until it asks a, 3 s until it gives
-- up. Before that a push arrives, although its answer does not; after that b's connection to a is not
-- RUNNING and pushes fail unsent.
local bounds = require "bounds"

return scenario {
  params   = { cut_for = s(30) },
  topology = function() return { nodes = 3, lan = { rtt = between(us(300), ms(5)) } } end,
  must_see = { "link.cut", "rpc.lost", "sync.failed", "sync.retried" },
  always   = function(p)
    local heal = bounds.after_heal(p.cut_for, 3)
    return { checks.no_lost_instances { heal = heal }, checks.view_matches_store {} }
  end,

  story = function(w, p)
    local a, b, c = w:nodes()
    wait(between(s(0), s(6)))
    step "a's packets no longer reach b, and b takes a client at once"
    w:cut(a, b, { oneway = true })
    local early = w:client { name = "early", server = b }
    expect(early:register { service = "shop" }, "b refused it")
    eventually(bounds.push(), function() return a:knows(early) end, "a hears b's first push, and answers in vain")

    step "a takes a client, which b cannot hear of; c hears of everything"
    local mute = w:client { name = "mute", server = a }
    expect(mute:register { service = "shop" }, "a refused it")
    eventually(bounds.push(), function() return c:knows(mute) and c:knows(early) end, "c is well connected")

    step "later, b takes another; now a does not hear of it either"
    wait(s(10))
    local late = w:client { name = "late", server = b }
    expect(late:register { service = "shop" }, "b refused it")
    wait(p.cut_for + between(s(0), s(6)))
    expect(not b:knows(mute), "b heard a through a cut")
    expect(not a:knows(late), "b still sends to a peer that never answers")
    expect(c:knows(late), "c is well connected")

    step "the network heals"
    w:heal()
    local healed = now()
    eventually(bounds.after_heal(p.cut_for, 3), function() return w:converged() end, "all agree")
    measure("agreed after the heal", now() - healed)
  end,
}
