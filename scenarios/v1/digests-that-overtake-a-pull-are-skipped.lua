-- In 1.x a peer that is still pulling drops the next digests of that owner.
-- DistroConsistencyServiceImpl#onReceiveChecksums works off one digest of a source at a time (syncChecksumTasks), so a
-- slow answer does not make a second question.
local bounds = require "bounds"
local services = require "services"
local v1 = require "v1"

return scenario {
  topology = v1.topology(2),
  must_see = { "verify.repair" },

  story = function(w)
    local a, b = w:nodes()
    wait(between(s(0), s(5)))
    step "a's pushes do not reach b, and its answers to pulls take 8 s"
    local pushes = w:intercept { from = a, to = b, op = "DATUM", nth = "all", action = "drop" }
    local pulls = w:intercept { from = b, to = a, op = "PULL", nth = "all", action = "delay_reply", by = s(8) }
    local digests = w:intercept { from = a, to = b, op = "CHECKSUM", nth = "all", action = "observe" }
    local shop = w:client { name = "shop", server = a }
    shop:register { service = services.of(a, "shop") }
    eventually(s(10) + ms(300), function() return digests:seen() == 2 end, "two digests")
    wait(ms(500))
    expect(pulls:seen() == 1, "the second digest was worked off beside the first")
    expect(not b:knows(shop), "b had an answer already")
    eventually(s(8), function() return b:knows(shop) end, "the answer comes")
    pushes:stop()
    pulls:stop()
    wait(s(30))
    expect(w:converged(), "the nodes drifted apart")
  end,
}
