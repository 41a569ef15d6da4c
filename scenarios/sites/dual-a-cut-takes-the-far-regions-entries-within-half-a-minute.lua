-- Question 7 of README.md: the WAN is cut for a minute. Each region's cluster drops the far region's applications,
-- which it can no longer call anyway, keeps its own, and has everybody back soon after the heal, by a new connection and
-- redo. What a 1.x application loses under the agent it does not get back: dual-what-a-1-x-application-lost-abroad-stays-lost.
-- FINDING: the page's 25 to 28 s hold for one silent client. When many fall silent at once, the ejector's scan waits up to
-- 5 s for the probes of some before it checks the others: 33 s, then Distro.
local bounds = require "bounds"
local dual = require "dual"

return scenario {
  params   = { rtt = ms(30), cut_for = s(60), each = 3 },
  topology = function(p) return dual.topology(p) end,
  must_see = { "link.cut", "link.heal", "client.ejected" },
  story = function(w, p)
    local east, west = w:cluster "east", w:cluster "west"
    local own = { east = {}, west = {} }
    for _, variant in ipairs { "2.x", "ideal" } do
      for home in pairs(own) do
        for _ = 1, p.each do
          local shop = dual.client(w, variant, home)
          shop:register { service = variant .. ".shop" }
          table.insert(own[home], shop)
        end
      end
    end
    local buyer = dual.client(w, "2.x", "west", { subscribe = { "2.x.shop" } })
    wait(between(s(20), s(26)))
    expect(#buyer:sees "2.x.shop" == 2 * p.each, "the buyer misses a shop")
    never(function() return not (east:all_know(own.east) and west:all_know(own.west)) end, "a cluster lost its own applications")

    step "the WAN is cut"
    w:cut("east", "west")
    local cut = now()
    within(s(15), bounds.silent_death, function() return west:none_knows(own.east) and east:none_knows(own.west) end, "the far entries are gone")
    measure("far entries gone", now() - cut)
    eventually(bounds.notify, function() return #buyer:sees "2.x.shop" == p.each end, "the buyer sees its own region's shops alone")
    wait_until(cut + p.cut_for)

    step "the WAN is back"
    w:heal()
    local healed = now()
    -- An attempt under way may have to run into its time-out (3 s), then the rest, which grows by 0.1 s for each pass, then redo (3 s).
    eventually(s(12), function() return w:all_know(own.east) and w:all_know(own.west) end, "everybody is back")
    measure("everybody back", now() - healed)
    eventually(s(3), function() return #buyer:sees "2.x.shop" == 2 * p.each end, "the buyer sees both regions' shops")
    wait(s(30))
    expect(w:converged(), "an end with different views")
  end,
}
