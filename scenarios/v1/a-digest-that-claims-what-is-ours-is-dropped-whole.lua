-- In 1.x two servers that disagree about owners repair nothing between them: one disputed key drops the digest.
-- DistroConsistencyServiceImpl#onReceiveChecksums aborts before it updates or removes anything (PROTOCOL.md 6.6),
-- so undisputed services suffer with it. b and c do not see each other, so b maps what is c's by a's list to itself
-- or to a; a drops b's digests for as long as that lasts, and what b's lost push did not bring waits for its retry.
local bounds = require "bounds"
local v1 = require "v1"

return scenario {
  topology = v1.topology(3),
  must_see = { "link.cut", "member.down", "verify.aborted" },
  always   = { checks.view_matches_store {} },

  story = function(w)
    local a, b, c = w:nodes()
    step "many services, then b and c cannot see each other"
    local fleet = w:fleet { name = "fleet", clients = 60, services = 60, over = s(2) }
    wait(s(6))
    expect(w:all_know(fleet), "known everywhere")
    w:cut(b, c)
    -- Four reports into the cut, one each 4 s, 5 s to time out.
    eventually(s(4) * 4 + s(5) + s(2), function()
      return b:state().members.n3 == "DOWN" and c:state().members.n2 == "DOWN"
    end, "b and c hold each other for DOWN")
    wait(s(12))

    step "a pull would bring a what b's pushes do not, but b's digests are dropped"
    local pushes = w:intercept { from = b, to = a, op = "DATUM", nth = "all", action = "drop" }
    local pulls = w:intercept { from = a, to = b, op = "PULL", nth = "all", action = "observe" }
    local name
    for i = 1, 999 do
      local tag = "DEFAULT_GROUP@@new-" .. i
      if b:owns(tag) and not a:owns(tag) then name = "new-" .. i break end
    end
    local new = w:client { name = "new", server = b }
    new:register { service = name }
    wait(s(12))
    expect(b:knows(new), "b refused it")
    expect(not a:knows(new) and pulls:seen() == 0, "a worked off a digest that disputes its own services")

    step "the network heals, and a is told at last"
    pushes:stop()
    w:heal()
    eventually(bounds.after_heal_v1(3) + s(15), function() return w:converged() end, "all agree")
  end,
}
