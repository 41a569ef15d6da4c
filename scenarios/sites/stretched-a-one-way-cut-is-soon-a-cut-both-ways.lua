-- Question 10 of README.md: packets from east to west are lost, the others pass. Calls of either side need both ways, so no push comes
-- through in either direction after the connections' health checks have failed, and both sides hold the other for DOWN or suspicious; no instance
-- is lost for as long as the lease lasts, and there is no storm: a VERIFY that is not sent repairs nothing.
-- FINDING: the page expects disagreeing member states and storms of repairs. States do disagree for some seconds, since a REPORT from the west still arrives in
-- the east and sets its sender UP; repairs stay few, for the connection is given up by both ends within half a minute.
local bounds = require "bounds"
local stretched = require "stretched"

return scenario {
  params   = { rtt = ms(75), services = 5, each = 2, cut_for = s(120) },
  topology = function(p) return stretched.topology(p.rtt) end,
  must_see = { "link.cut", "rpc.lost", "link.heal" },
  always   = { checks.no_lost_instances { heal = s(60) } },
  story = function(w, p)
    local east, west, users = stretched.fleets(w, p)
    wait(between(s(20), s(26)))
    local e, far = w:node "east/n1", w:node "west/n1"
    local disagree = watch(function()
      return (e:state().members[far.name] == "UP") ~= (far:state().members[e.name] == "UP")
    end)
    local repairs = w:metrics { from = "east", to = "west" }.by_class.repair.messages
    step "what the east sends is lost"
    w:cut("east", "west", { oneway = true })
    wait(p.cut_for)
    expect(not e:state().rpc[far.name] and not far:state().rpc[e.name], "a connection outlived it")
    local spent = 0
    for _, span in ipairs(disagree:spans()) do spent = spent + ((span.to or now()) - span.from) / s(1) end
    disagree:stop()
    measure("seconds in which they disagreed about each other", spent)
    local sent = w:metrics { from = "east", to = "west" }.by_class.repair.messages - repairs
    measure("repairs sent into it", sent)
    expect(sent < 6 * p.services * p.each, "a storm of repairs")
    w:heal()
    eventually(bounds.after_heal(p.cut_for, 6, p.rtt) + bounds.repair(p.rtt), function() return stretched.settled(w) end, "all agree after the heal")
  end,
}
