-- A client that moves to another server stays listed by a node that hears late of the end of its old
-- connection.
-- The DELETE names the old connection. The new one is another client at the same address, registered 3.5 s
-- after the move at most (redo) and pushed 1.2 s later; the DELETE to c is lost, and comes again after its
-- time-out (3 s) and the retry delay (3 s), 7.2 s after the move. In between c has both on record, and lists
-- the address once. (An r-nacos before 0.5.13 deleted by address.)
local bounds = require "bounds"

return scenario {
  topology = function() return { nodes = 3, lan = { rtt = between(us(300), ms(5)) } } end,
  must_see = { "client.redo", "sync.retried", "sync.deleted" },
  always   = { checks.no_lost_instances { gap = bounds.redo + bounds.push() }, checks.view_matches_store {} },

  story = function(w)
    local a, b, c = w:nodes()
    step "a shop on a is known everywhere"
    local shop = w:client { name = "shop-1", server = a }
    expect(shop:register { service = "shop" }, "a refused it")
    eventually(bounds.push(), function() return w:all_know(shop) end, "shop-1 known everywhere")
    wait(between(s(0), s(6)))

    step "it moves to b; the DELETE of its old connection does not reach c at once"
    local late = w:intercept { from = a, to = c, op = "DELETE", action = "drop" }
    always(function() return #c:stored "shop" == 1 end, "c lists the shop other than once")
    shop:connect(b)
    wait(s(20))
    expect(late:seen() == 1, "nothing was late")
    expect(c:state().clients == b:state().clients, "c still holds the old connection")
    expect(w:converged(), "somebody lists something else than what the shop publishes")
  end,
}
