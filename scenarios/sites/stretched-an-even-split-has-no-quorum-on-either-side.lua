-- Question 24 of README.md: 3+3 servers, the WAN cut. What Raft keeps (persistent instances, metadata) can be written where a majority of
-- the members can be reached, which is on neither side; one more server in a third region keeps it on one. What Distro keeps is written on both all the while.
local stretched = require "stretched"

return scenario {
  params   = { rtt = ms(30) },
  topology = function(p)
    return { clusters = { even = { sites = { east = 3, west = 3 }, wan = { rtt = p.rtt } },
                          odd  = { sites = { east = 3, third = 1, west = 3 }, wan = { rtt = p.rtt } } }, wan = { rtt = p.rtt } }
  end,
  must_see = { "link.cut" },
  story = function(w, p)
    local even, odd = w:cluster "even", w:cluster "odd"
    expect(even:node "east/n1":quorum() and even:node "west/n1":quorum() and odd:node "third/n1":quorum(), "no quorum in fair weather")
    step "the regions lose each other; the third region keeps both"
    even:cut("east", "west")
    odd:cut("east", "west")
    expect(not even:node "east/n1":quorum() and not even:node "west/n1":quorum(), "3 of 6 are no majority")
    expect(odd:node "east/n1":quorum() and odd:node "west/n1":quorum() and odd:node "third/n1":quorum(), "4 of 7 are one")
    for _, cluster in ipairs { even, odd } do
      for _, site in ipairs { "east", "west" } do
        expect(cluster:client { server = site }:register { service = "shop" }, "Distro took no write")
      end
    end
    step "the third region is cut off as well"
    odd:cut("third", "west")
    expect(odd:node "east/n1":quorum() and odd:node "third/n1":quorum() and not odd:node "west/n1":quorum(), "it stays where the seventh is")
    odd:crash "third/n1"
    expect(not odd:node "east/n1":quorum(), "and is lost with it")
    w:heal()
    expect(even:node "east/n1":quorum() and odd:node "east/n1":quorum(), "back after the heal")
  end,
}
