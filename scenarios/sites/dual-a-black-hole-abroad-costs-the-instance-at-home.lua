-- Question 22 of README.md: the far cluster is a black hole for a 1.x application under the agent, and its healthy home cluster loses the
-- instance. A beat is two calls in a row, and the next beat comes 5 s after both: one read time-out of 50 s on an HTTP
-- connection that was kept open (keep_alive) is longer than the 30 s after which the home cluster deletes. The next beat
-- creates it again: here up to three kept connections wait, one to each far server. After that a dead far server costs a
-- connect time-out (3 s).
-- FINDING 1: it takes no kept connection if a beat is under way when the hole opens: its answer is waited for just as long. One cut
-- catches an instance with the probability of a round trip in a beat interval: 0.6 % at 30 ms, 5 % at 300 ms.
-- FINDING 2: nor does it if the far cluster is large enough. Each of its servers costs 3 s per beat, so with
-- five of them beats come every 5 + 15 s, more than the 15 s after which an instance is unhealthy, and the
-- owner, which checks every 5 s, takes the healthy instance out of service again and again.
local dual = require "dual"

return scenario {
  params   = { rtt = ms(30) },
  topology = { clusters = { east = { nodes = 3 }, west = { nodes = 3 }, big = { nodes = 5 } }, wan = { rtt = ms(30) } },
  must_see = { "link.cut", "beat.expired", "beat.late", "beat.recovered" },
  story = function(w)
    local east = w:cluster "east"
    local plain = dual.client(w, "1.x", "east")
    local kept = dual.client(w, "1.x", "east", { keep_alive = s(60) })
    local many = dual.client(w, "1.x", "east", { dual = { "east", "big" } })
    local ideal = dual.client(w, "ideal", "east", { kind = "nacos-client-1", keep_alive = s(60) })
    local caught = dual.client(w, "1.x", "east")
    for _, shop in ipairs { plain, kept, many, ideal, caught } do shop:register { service = "shop" } end
    wait(s(40)) -- each has spoken to every server
    local function unhealthy(k)
      return function()
        for _, n in ipairs(east:live_nodes()) do
          local listed = dual.entry(n:instances "shop", k)
          if listed and not listed.healthy then return true end
        end
        return false
      end
    end
    local lost_kept = watch(function() return not east:all_know(kept) end)
    local lost_caught = watch(function() return not east:all_know(caught) end)
    local ill_many = watch(unhealthy(many))
    never(function() return not east:all_know { plain, ideal, many } end, "lost without a read time-out")
    never(unhealthy(plain), "three connect time-outs made it unhealthy")
    never(unhealthy(ideal), "independent beats waited")

    step "a hole opens while a beat is on its way"
    -- What is asked of an interception is asked every 100 ms: so long the answer must be on its way.
    local beats = w:cluster "west":intercept { from = caught, op = "BEAT", nth = "all", action = "delay_reply", by = ms(200) }
    eventually(s(11), function() return beats:seen() > 0 end, "it beats")
    w:cut(caught, "west")
    wait(s(120))
    expect(#lost_caught:spans() == 1, "the beat under way cost nothing")
    local gap = lost_caught:spans()[1]
    measure("caught with a beat under way, lost at home for", gap.to - gap.from)
    -- 50 s and two connects of 3 s, 5 s until the next beat, and 9 s more until that one's answer is read: the far half comes first.
    -- Less 30 to 35 s, after which it is deleted.
    expect(gap.to - gap.from > s(33) and gap.to - gap.from < s(41), "it took longer to come back")
    w:heal()
    wait(s(20))

    step "both far clusters are black holes"
    local holed = now()
    w:cut("east", { "west", "big" })
    wait(minutes(5))
    expect(#lost_kept:spans() >= 1, "the kept connection cost nothing")
    local first = lost_kept:spans()[1]
    measure("lost at home after", first.from - holed)
    measure("lost at home for", first.to - first.from)
    expect(first.from - holed >= s(30) and first.from - holed <= s(45), "30 s after the last beat, by a look every 5 s")
    expect(east:all_know(kept), "the next beat did not bring it back")
    measure("unhealthy spells with five far servers, in five minutes", #ill_many:spans())
    expect(#ill_many:spans() >= 5, "five far servers: 20 s between beats, more than 15")
  end,
}
