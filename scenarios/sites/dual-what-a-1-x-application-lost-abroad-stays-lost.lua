-- Question 8 of README.md: the WAN is cut for ten minutes. A 2.x application is back in the far cluster within 20 s of
-- the heal; a 1.x one under the agent never is, until its process restarts: the far cluster has expired it and
-- answers its light beats with 20404, but of two answers only the primary's is read, and that one is good
-- (Polaris agent, nacos plugin: the secondary's result is used if the primary's call failed).
-- Three ways out: beats that carry the instance (SDK 1.1, or lightBeatEnabled=false at the primary), registering again, or the ideal client,
-- whose second reactor reads its own answers.
local dual = require "dual"
local bounds = require "bounds"

return scenario {
  params   = { rtt = ms(75), cut_for = minutes(10) },
  topology = function(p) return dual.topology(p) end,
  must_see = { "link.cut", "link.heal", "beat.expired" },
  story = function(w, p)
    local east, west = w:cluster "east", w:cluster "west"
    local new, lost = dual.client(w, "2.x", "east"), dual.client(w, "1.x", "east")
    local heavy = dual.client(w, "1.x", "east", { light_beats = false })
    local ideal = dual.client(w, "ideal", "east", { kind = "nacos-client-1" })
    local all = { new, lost, heavy, ideal }
    for _, shop in ipairs(all) do shop:register { service = "shop" } end
    wait(between(s(12), s(20)))
    expect(w:all_know(all), "somebody is missing before the cut")
    -- A 1.x one with a beat under way at the cut may be missing for a while: dual-a-black-hole-abroad-costs-the-instance-at-home.
    never(function() return not east:all_know { new, ideal } end, "the near cluster lost somebody")

    step "the WAN is cut"
    w:cut("east", "west")
    wait(p.cut_for)
    expect(west:none_knows(all), "the far cluster still lists somebody")
    expect(east:all_know(all), "the near cluster misses somebody")

    step "the WAN is back"
    w:heal()
    local healed = now()
    eventually(s(20), function() return west:all_know(new) end, "the 2.x application is back")
    measure("2.x back", now() - healed)
    eventually(s(20), function() return west:all_know { heavy, ideal } end, "1.x with heavy beats, or ideal, is back")
    measure("heavy beats and ideal back", now() - healed)
    wait(minutes(10))
    expect(west:none_knows(lost), "the 1.x application came back by itself")
    local unanswered = west:intercept { from = lost, op = "BEAT", nth = "all", action = "observe" }
    wait(s(60))
    expect(unanswered:seen() >= 11, "it beats all the while, and the far cluster says that it does not know it")

    step "it registers again"
    expect(lost:register { service = "shop" }, "refused")
    eventually(bounds.push(p.rtt), function() return west:all_know(lost) end, "known at last")
    wait(s(20))
    expect(w:converged(), "an end with different views")
  end,
}
