-- A subscriber of a server that is cut off keeps its list during the cut, and hears of what came meanwhile soon after
-- its server has it.
local bounds = require "bounds"

return scenario {
  params = { cut_for = s(10) },
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  must_see = { "link.cut", "link.heal" },
  story = function(w, p)
    local a, b, c = w:nodes()
    local reader = w:client { name = "reader", server = c, subscribe = "shop" }
    local old = w:client { name = "old", server = a }
    expect(old:register { service = "shop" }, "refused")
    wait(bounds.push() + bounds.notify + between(s(1), s(6)))
    expect(#reader:sees "shop" == 1, "the reader was not told of the first")
    step "c is alone"
    w:isolate(c)
    local fresh = w:client { name = "fresh", server = a }
    expect(fresh:register { service = "shop" }, "refused")
    wait(p.cut_for)
    expect(#reader:sees "shop" == 1, "the reader's list changed during the cut")
    step "c is back"
    w:heal()
    local healed = now()
    eventually(bounds.after_heal(p.cut_for, 3), function() return c:knows(fresh) end, "c lacks it")
    local stored = now()
    measure("stored", stored - healed)
    eventually(bounds.notify, function() return #reader:sees "shop" == 2 end, "the reader is not told")
    measure("told after", now() - stored)
  end,
}
