-- A server of 1.x that restarts has everything within a second, and waits half a minute if no peer answers.
-- It asks each member in order of addresses, whatever state that is in; a refused connection costs nothing
-- (DistroLoadDataTask, DistroHttpAgent#getDatumSnapshot).
local bounds = require "bounds"
local v1 = require "v1"

return scenario {
  topology = v1.topology(3),
  must_see = { "snapshot.failed", "snapshot.loaded", "snapshot.served" },

  story = function(w)
    local a, b, c = w:nodes()
    local fleet = w:fleet { name = "fleet", server = b, clients = 40, services = 20, over = s(1) }
    wait(s(6))
    expect(w:all_know(fleet), "known everywhere")
    wait(between(s(0), s(6)))

    step "c restarts; a's answer is an error, b's is everything"
    local refused = w:intercept { from = c, to = a, op = "SNAPSHOT", action = "refuse_apply" }
    w:restart(c)
    eventually(s(1), function() return c:state().initialised and c:knows(fleet) end, "c has loaded from b")
    expect(refused:seen() == 1 and c:counters().load_attempts == 2, "not with the second attempt")

    step "c restarts, and nobody answers well"
    refused = w:intercept { from = c, op = "SNAPSHOT", nth = { 1, 2 }, action = "refuse_apply" }
    w:restart(c)
    local again = now()
    wait(s(25))
    expect(not c:state().initialised, "it counts as loaded")
    eventually(s(6), function() return c:state().initialised end, "the second round comes after 30 s")
    measure("loaded after", now() - again)
    wait(s(20))
    expect(w:converged(), "the nodes drifted apart")
  end,
}
