-- A server that was taken out of the cluster is called for ever, and the log fills with failed pushes, if its
-- address happens to be part of another's: 10.0.0.1:8848 and 110.0.0.1:8848.
-- In Nacos: ServerMemberManager#hasMember also says yes if any member's address *contains* the one asked for
-- (PROTOCOL.md 3.1), so DistroClientTransportAgent takes the removed server for a member that is down,
-- and DistroClientTaskFailedHandler retries every 3 s without end.
-- --set cured=true compares whole addresses (distrosim.substringHasMember = false).
local bounds = require "bounds"
local shops = require "shops"

return scenario {
  params   = { cured = false, shops = 5 },
  topology = function(p)
    return { nodes = 3, lan = { rtt = between(us(300), ms(5)) },
             addresses = { n1 = "10.0.0.1:8848", n2 = "110.0.0.1:8848", n3 = "10.0.0.3:8848" },
             settings = p.cured and { ["distrosim.substringHasMember"] = false } or {} }
  end,
  must_see = { "node.leave", "member.removed", "sync.retried" },

  story = function(w, p)
    local a, b, c = w:nodes()
    step "a is cut off, and shops open on c"
    w:partition({ a }, { b, c })
    shops.open(w, { count = p.shops, name = "shop", service = "shop", servers = { c } })
    wait(between(s(6), s(12)))

    step "a is taken off the list"
    w:leave(a)
    wait(minutes(10))
    local waiting = c:state().pending
    measure("pushes waiting for nobody", waiting)
    if not setting "distrosim.substringHasMember" then
      expect(waiting == 0, "a push waits for a server that left")
    else
      expect(waiting == p.shops, "the pushes were dropped")
    end
    expect(b:state().pending == 0, "b has something to say")
  end,
}
