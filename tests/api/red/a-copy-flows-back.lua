-- 1 bridge_clean: two central clusters that are a third one's neighbours make a ring
return scenario {
  topology = function()
    local function bridge(from, to)
      return { from = from, to = to, kind = "nacos-sync", services = { "shop" }, level = "central" }
    end
    return { clusters = { east = { nodes = 1 }, south = { nodes = 1 }, west = { nodes = 1 } }, wan = { rtt = ms(30) },
             bridges = { bridge("east", "south"), bridge("south", "west"), bridge("west", "east") } }
  end,
  always   = { checks.bridge_clean { grace = s(1) } },
  story    = function(w)
    local shop = w:cluster "east":client { name = "shop", server = "n1" }
    wait(s(1))
    shop:register { service = "shop" }
    wait(s(300))
  end,
}
